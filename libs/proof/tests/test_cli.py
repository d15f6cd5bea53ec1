"""The command `zp verify`."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from proof import Tree, sign
from proof.cli import main
from proof.keys import fingerprint

from .builders import KEY, OTHER, a_content, a_document, a_pdf, a_sealed_pdf

type Capture = pytest.CaptureFixture[str]


@pytest.mark.feature("X-10")
def test_the_verdict_is_a_chinese_text_and_an_exit_code(tmp_path: Path, capsys: Capture) -> None:
    file, ours, theirs = tmp_path / "a.pdf", tmp_path / "ours.json", tmp_path / "theirs.json"
    file.write_bytes(a_sealed_pdf())
    ours.write_text(json.dumps(KEY.public().jwks()))
    theirs.write_text(json.dumps(OTHER.public().jwks()))
    proof = a_document().proof
    assert proof is not None

    assert main(["verify", str(file), "--keys", str(ours), "--root", proof.root]) == 0
    output = capsys.readouterr().out
    assert "真实有效" in output
    assert "李晓雨" in output
    assert "第 1 份，共 3 份" in output
    assert main(["verify", str(file)]) == 3
    output = capsys.readouterr().out
    assert "尚未核对" in output
    assert fingerprint(KEY.kid) in output
    assert main(["verify", str(file), "--key", fingerprint(KEY.kid)]) == 0
    assert main(["verify", str(file), "--key", fingerprint(OTHER.kid)]) == 12
    assert main(["verify", str(file), "--keys", str(theirs)]) == 12
    assert main(["verify", str(file), "--keys", str(ours), "--root", "0" * 64]) == 18
    file.write_bytes(a_sealed_pdf().replace(b"Score: 92", b"Score: 99"))
    capsys.readouterr()
    assert main(["verify", str(file), "--keys", str(ours)]) == 10
    output = capsys.readouterr().out
    assert "文件已被改动" in output
    assert "李晓雨" not in output
    file.write_bytes(a_document().to_bytes().replace(b'"score":92', b'"score":99'))
    assert main(["verify", str(file), "--keys", str(ours)]) == 11
    file.write_bytes(b"a letter")
    assert main(["verify", str(file)]) == 13


@pytest.mark.feature("X-10")
def test_files_that_cannot_be_read_are_named(tmp_path: Path, capsys: Capture) -> None:
    missing, keys = tmp_path / "missing.pdf", tmp_path / "keys.json"
    keys.write_text("{}")
    assert main(["verify", str(missing)]) == 2
    assert "missing.pdf" in capsys.readouterr().err
    assert main(["verify", str(missing), "--keys", str(keys)]) == 2
    assert "keys.json" in capsys.readouterr().err


def a_changed(**changed: object) -> bytes:
    """The signed JSON with parts of it changed, written as it was."""
    value = json.loads(a_document().to_bytes()) | changed
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def another_proof() -> object:
    """The proof of a classmate, under the same root."""
    documents = [sign(a_content(name), KEY) for name in ("李晓雨", "王子轩", "陈思远")]
    return Tree([document.leaf() for document in documents]).inclusion(1).model_dump(mode="json")


TRUE = json.loads(a_document().to_bytes())
TABLE: dict[str, tuple[str, bytes, int, str]] = {
    "as handed out": ("学期档案-李晓雨-第一学期.pdf", a_sealed_pdf(), 0, "真实有效"),
    "under any other name": ("scan.pdf", a_sealed_pdf(), 0, "真实有效"),
    "right file, wrong name": ("学期档案-王子轩-第一学期.pdf", a_sealed_pdf(), 4, "不是文件名所写的“王子轩”"),
    "right file, wrong name in a bundle": ("07-王子轩-学期档案.json", a_document().to_bytes(), 4, "它是“李晓雨”的档案"),
    "visible page changed": ("a.pdf", a_sealed_pdf().replace(b"Score: 92", b"Score: 99"), 10, "文件已被改动"),
    "something added at the end": ("a.pdf", a_sealed_pdf() + b"\n" * 5000, 10, "文件已被改动"),
    "embedded data changed": ("a.pdf", a_sealed_pdf().replace(b'"score":92', b'"score":99'), 11, "数据已被改动"),
    "data changed": ("a.json", a_changed(content=TRUE["content"] | {"score": 100}), 11, "数据已被改动"),
    "signature changed": ("a.json", a_changed(signature=TRUE["signature"][:-5] + "AAAAA"), 16, "签名无效"),
    "signature of another document": ("a.json", a_changed(signature=sign({"a": 1}, KEY).signature), 16, "签名无效"),
    "proof path changed": ("a.json", a_changed(proof=TRUE["proof"] | {"path": ["0" * 64] * 2}), 14, "归档证明不符"),
    "another student's proof": ("a.json", a_changed(proof=another_proof()), 14, "属于另一份档案"),
    "another school's key": ("a.pdf", a_sealed_pdf(OTHER), 12, "密钥不符"),
    "page cut off": ("a.pdf", a_sealed_pdf()[:-700], 17, "文件不完整"),
    "data cut off": ("a.json", a_document().to_bytes()[:-40], 17, "文件不完整"),
    "something else": ("a.pdf", a_pdf(None), 13, "无法识别"),
}


@pytest.mark.feature("X-10")
@pytest.mark.parametrize("parameters", TABLE.values(), ids=TABLE.keys())
def test_each_way_to_tamper_has_a_message_and_an_exit_code_of_its_own(
    parameters: tuple[str, bytes, int, str], tmp_path: Path, capsys: Capture
) -> None:
    name, data, code, words = parameters
    (tmp_path / name).write_bytes(data)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEY.public().jwks()))
    assert main(["verify", str(tmp_path / name), "--keys", str(keys)]) == code
    output = capsys.readouterr().out
    assert words in output
    assert ("李晓雨" in output) == (code in (0, 4, 14))


@pytest.mark.feature("X-10")
@pytest.mark.parametrize(
    ("student", "stem", "code"),
    [
        ("李晓雨", "生涯档案-李晓雨 (1)", 0),
        ("李晓雨", "生涯档案-李晓雨（2）", 0),
        ("Anna-Maria Jr.", "学期档案-Anna-Maria Jr.-第一学期", 0),
        ("Anna-Maria Jr.", "03-Anna-Maria Jr-学期档案-第2版", 0),
        ("李/晓雨", "学期档案-李_晓雨-第一学期", 0),
        ("李晓", "生涯档案-李晓雨", 4),
        ("李晓雨", "生涯档案-李晓", 4),
        ("Anna-Maria", "学期档案-Anna-Lena-第一学期", 4),
    ],
)
def test_only_another_students_name_is_a_wrong_file_name(student: str, stem: str, code: int, tmp_path: Path) -> None:
    file, keys = tmp_path / f"{stem}.json", tmp_path / "keys.json"
    file.write_bytes(a_document(student).to_bytes())
    keys.write_text(json.dumps(KEY.public().jwks()))
    assert main(["verify", str(file), "--keys", str(keys)]) == code


@pytest.fixture
def platform() -> Iterator[tuple[str, dict[str, object]]]:
    """A platform whose answer about every archive the test sets."""
    answer: dict[str, object] = {"superseded_by": None}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/api/archive/verification/7K3M-9QXA" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answer
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.feature("X-10")
def test_an_older_version_is_reported_only_with_online(
    platform: tuple[str, dict[str, object]], tmp_path: Path, capsys: Capture
) -> None:
    base, answer = platform
    file, keys = tmp_path / "a.json", tmp_path / "keys.json"
    file.write_bytes(sign(a_content() | {"url": f"{base}/verify/7K3M-9QXA"}, KEY).to_bytes())
    keys.write_text(json.dumps(KEY.public().jwks()))
    trusted = ["verify", str(file), "--keys", str(keys)]
    assert main([*trusted, "--online"]) == 0
    assert "是最新版本" in capsys.readouterr().out
    answer["superseded_by"] = {"version": 2, "code": "AAAA-BBBB"}
    assert main(trusted) == 0
    assert f"请打开 {base}/verify/7K3M-9QXA 查看" in capsys.readouterr().out
    assert main([*trusted, "--online"]) == 15
    output = capsys.readouterr().out
    assert "第 2 版" in output
    assert "AAAA-BBBB" in output
    assert main(["verify", str(file), "--online"]) == 3  # without a trusted key the address in the file is not used
    answer.clear()
    assert main([*trusted, "--online"]) == 0
    assert "未能联网核对" in capsys.readouterr().out
    file.write_bytes(sign(a_content() | {"url": "file:///etc/hostname"}, KEY).to_bytes())
    assert main([*trusted, "--online"]) == 0
    assert "未能联网核对" in capsys.readouterr().out
