"""The Chinese texts of `zp`."""

from proof.report import Verdict

HEADLINES = {
    Verdict.GENUINE: "✔ 真实有效：文件与签发时完全一致，签名密钥可信。",
    Verdict.UNCONFIRMED: "● 内容完好，但签名密钥尚未核对：文件与签发时一致，仍须确认密钥确属签发学校。",
    Verdict.ALTERED_FILE: "✘ 文件已被改动：版面字节与封印不符（或封印被去除），页面内容不可信。",
    Verdict.ALTERED_DATA: "✘ 数据已被改动：所附档案数据与数字签名不符。",
    Verdict.BAD_SIGNATURE: "✘ 签名无效：档案数据未变，但数字签名被改动或系伪造。",
    Verdict.WRONG_KEY: "✘ 密钥不符：签名密钥不在给定的可信公钥之中。",
    Verdict.NOT_OURS: "✘ 无法识别：这不是综评平台签发的档案。",
    Verdict.BAD_PROOF: "✘ 归档证明不符：文件所附的归档证明被改动，或属于另一份档案。",
    Verdict.WRONG_ROOT: "✘ 根值不符：该档案不在所给的学期档案根值之下。",
    Verdict.TRUNCATED: "✘ 文件不完整：没有读到文件结尾，可能下载中断或保存出错。",
    Verdict.SUPERSEDED: "▲ 已被取代：文件真实，但学校已发布更正后的第 {version} 版，请以新版为准（核验码 {code}）。",
    Verdict.MISNAMED: "▲ 文件名与内容不符：文件真实，但它是“{student}”的档案，不是文件名所写的“{named}”。",
}
ADVICE = {
    Verdict.UNCONFIRMED: (
        "请将上面的密钥指纹与学校或教育主管部门公布的指纹逐字比对；或用 --keys、--key 给出可信公钥后重新核验。"
    ),
    Verdict.ALTERED_FILE: "请勿采信纸面内容，可向签发学校索取原件，或在核验页凭核验码查看。",
    Verdict.ALTERED_DATA: "请勿采信该文件，可向签发学校索取原件，或在核验页凭核验码查看。",
    Verdict.WRONG_KEY: "若学校更换过密钥，请取得其最新公布的公钥；否则该文件可能系伪造。",
    Verdict.BAD_SIGNATURE: "请勿采信该文件，可向签发学校索取原件，或在核验页凭核验码查看。",
    Verdict.BAD_PROOF: "数据与签名完好，但不能证明它列入了当期归档；请向签发学校索取原件。",
    Verdict.WRONG_ROOT: "请确认根值取自该校该学期的公告（更正后的版本有自己的根值）；若无误，该文件未列入当期归档。",
    Verdict.TRUNCATED: "请重新下载，或向提供者重新索取。",
}
DOCUMENT = "档案"
MADE_AT = "签发时间"
CODE = "核验码"
KEY = "密钥指纹"
POSITION = "归档位置"
ROOT = "学期根值"
POSITION_OF = "第 {index} 份，共 {size} 份"
ROOT_COMPARED = "（与给定根值一致）"
ROOT_TO_COMPARE = "（取自文件自身，请与学校公布的根值比对）"
VERSION = "版本"
VERSION_OF = "第 {version} 版"
ASK_ONLINE = "（是否已有更正，请打开 {url} 查看，或加 --online 核验）"
NEWEST = "（已联网核对，是最新版本）"
OFFLINE = "（未能联网核对是否已有更正）"
NO_FILE = "无法读取文件：{path}"
BAD_KEYS = "无法读取公钥文件（须为 JWKS）：{path}"

PROGRAM = "核验综合素质评价档案（PDF 或 JSON），无需联网。"
VERIFY = "核验一个文件"
FILE = "档案文件（.pdf 或 .json）"
KEYS = "可信公钥文件（JWKS）"
KEY_OPTION = "可信密钥的指纹（空格可省），代替 --keys"
ROOT_OPTION = "学校公布的学期根值（64 位十六进制）"
ONLINE_OPTION = "联网核对是否已有更正后的版本（须先以 --keys 或 --key 确认密钥）"
EXITS = (
    "退出码：0 真实有效；2 用法有误或文件无法读取；3 完好但密钥未核对；4 真实但文件名写错了人；10 文件已改动；11 数据已改动；"
    "12 密钥不符；13 非本平台档案；14 归档证明不符；15 真实但已被取代；16 签名无效；17 文件不完整；18 根值不符。"
)
