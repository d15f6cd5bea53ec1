"""The Chinese sentences about uploads, by code."""

# The file is refused as a whole.
REFUSALS = {
    "file_empty": "文件是空的，请重新选择。",
    "file_too_big": "文件超过 {megabytes} MB，请分成几个文件导入。",
    "file_is_xls": "这是旧版 Excel 文件（.xls），请在 Excel 或 WPS 中“另存为” .xlsx 后再上传。",
    "file_encrypted": "文件设置了打开密码，请取消密码后再上传。",
    "file_is_text": "这是文本文件（如 CSV），不是 Excel 工作簿。请在 Excel 或 WPS 中打开，“另存为” .xlsx 后再上传。",
    "file_is_html": "这是网页文件改名而来，不是真正的 Excel 工作簿。请打开后“另存为” .xlsx 再上传。",
    "file_not_workbook": "这不是 Excel 工作簿（.xlsx），请使用下载的模板填写。",
    "file_damaged": "文件不完整或已损坏，请重新保存后再上传。",
    "file_zip_bomb": "文件解压后过大，不能接收。请使用下载的模板填写，只粘贴数值。",
    "file_has_macros": "文件含有宏或嵌入对象，不能接收。请“另存为”不含宏的 .xlsx 后再上传。",
    "file_has_links": "文件引用了外部文件或数据连接，请“粘贴为数值”、断开链接后再上传。",
    "file_unsafe_xml": "文件内部含有不允许的内容（DOCTYPE 或特殊编码），不能接收。请使用下载的模板填写。",
    "merge_too_large": "存在覆盖范围过大的合并单元格（{cell}），请取消合并后再上传。",
    "far_cell": "单元格 {cell} 超出允许范围（最多 {rows} 行、{columns} 列），请删除多余内容后再上传。",
    "too_many_rows": "数据超过 {rows} 行，请分成几个文件导入。",
    "file_gone": "没有找到上传的文件，请重新上传。",
    "too_heavy": "文件占用的资源过多，不能接收。请使用下载的模板填写，只粘贴数值。",
    "too_slow": "文件处理时间过长，已停止。请使用下载的模板填写，只粘贴数值，或分成几个文件导入。",
    "other_template": "这是“{found}”模板，此处需要“{wanted}”模板，请重新下载。",
}

# Problems of one cell, row or sheet.
PROBLEMS = {
    "sheet_missing": "没有找到工作表“{sheet}”，请使用下载的模板。",
    "header_missing": "工作表“{sheet}”中没有找到表头，表头应含：{titles}。",
    "column_missing": "缺少必填列“{title}”，请使用下载的模板。",
    "column_twice": "列“{title}”出现了两次，请只保留一列。",
    "required": "“{title}”必须填写。",
    "too_long": "“{title}”最多 {limit} 个字，现有 {length} 个字。",
    "scientific": "“{title}”变成了科学计数法，15 位以后的数字已丢失，无法恢复。请先把单元格格式设为“文本”再重新填写。",
    "became_date": "“{title}”被 Excel 变成了日期，请先把单元格格式设为“文本”再重新填写。",
    "not_integer": "“{title}”应为整数，现为“{value}”。",
    "not_number": "“{title}”应为数字，现为“{value}”。",
    "not_date": "“{title}”应为日期，如 2025-09-01，现为“{value}”。",
    "date_unclear": "“{title}”的“{value}”看不出哪个是年、月、日，请写成 2026-09-01 的样子。",
    "percent": "“{title}”应为数字，现为百分数“{value}”，请改为不带百分号的数字。",
    "cell_error": "“{title}”的单元格显示为错误值（如 #N/A），请改为正确的内容。",
    "not_computed": "“{title}”的公式没有计算结果，请在 Excel 或 WPS 中打开并保存，或“粘贴为数值”后再上传。",
    "no_such_day": "“{title}”没有这一天：“{value}”。",
    "not_in_list": "“{title}”只能填写：{choices}。现为“{value}”。",
    "duplicate": "与第 {rows} 行重复（{titles}相同）。",
    # rows about students
    "student_unknown": "没有找到学籍号为“{value}”的学生，或该学生不在本次导入的班级内。",
    "name_differs": "姓名与学籍号不符：该学籍号的学生是“{expected}”。",
    # roster
    "id_form": "身份证件号应为 18 位，现为 {length} 位或含有不允许的字符。",
    "id_birth": "身份证件号中的出生日期不存在。",
    "id_checksum": "身份证件号校验位不正确，请核对。",
    "birth_differs": "出生日期与身份证件号不一致（证件号为 {expected}）。",
    "sex_differs": "性别与身份证件号不一致（证件号为{expected}）。",
    "phone_form": "手机号应为 1 开头的 11 位数字。",
    "registry_form": "全国学籍号应为 G 或 L 加 18 位。",
    "year_form": "入学年份应为四位年份，如 2025。",
    "class_form": "班级应为 1 至 99 的班号，如 1班。",
    "age_unlikely": "出生日期与入学年份不相符：入学时 {age} 岁。",
    "class_needed": "{role}必须填写入学年份和班级。",
    "phone_two_names": "同一手机号对应了不同的姓名：第 {rows} 行。",
}

# Notices that do not stop the import.
NOTICES = {
    "unknown_columns": "以下列不属于模板，未读取：{titles}。",
    "untouched_rows": "有 {count} 行只有预填内容、未填写，已跳过。",
    "hidden_rows": "有 {count} 行在表中是隐藏的（如筛选后），也已读取，请核对。",
    "merged_cells": "有合并单元格，已按同一内容填入每一行，请核对。",
    "older_template": "模板版本为 {found}，当前版本为 {wanted}，建议重新下载模板。",
    "not_our_template": "文件不是由本平台的模板填写，已按表头识别。",
    "sheet_absent": "没有工作表“{sheet}”，未导入该部分。",
    "problems_cut": "问题过多，只列出前 {limit} 个。",
}


def message_of(code: str, **values: object) -> str:
    """The sentence of a code with `values` filled in. Raises KeyError for an unknown code or a missing value."""
    return (PROBLEMS | REFUSALS | NOTICES)[code].format(**values)
