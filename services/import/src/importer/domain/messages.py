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
    "header_missing": "工作表“{sheet}”中没有找到表头。{similar}表头应含：{titles}。",
    "columns_missing": "缺少必填列：{titles}。{similar}请补上这些列，或使用下载的模板。",
    "value_needed": "没有写明“{title}”：请写在工作表名称、表头上方或文件名里（{choices}），或在上传时选择。",
    "two_values": "{titles} 都有内容，不知道以哪一个为准，请只保留一个。",
    "not_for_row": "“{title}”有内容，但该行的“{heading}”是“{value}”，请核对。",
    "column_twice": "列“{title}”出现了两次，请只保留一列。",
    "required": "“{title}”必须填写。",
    "too_long": "“{title}”最多 {limit} 个字，现有 {length} 个字。",
    "scientific": "“{title}”变成了科学计数法，15 位以后的数字已丢失，无法恢复。请先把单元格格式设为“文本”再重新填写。",
    "became_date": "“{title}”被 Excel 变成了日期，请先把单元格格式设为“文本”再重新填写。",
    "not_integer": "“{title}”应为整数，现为“{value}”。",
    "not_number": "“{title}”应为数字，现为“{value}”。",
    "result_unclear": "“{title}”的“{value}”是什么意思？请填写数字，或写明 {words}；没有结果的请留空。",
    "not_result": "“{title}”应为数字，或写明 {words}，现为“{value}”。",
    "not_date": "“{title}”应为日期，如 2025-09-01，现为“{value}”。",
    "date_unclear": "“{title}”的“{value}”看不出哪个是年、月、日，请写成 2026-09-01 的样子。",
    "percent": "“{title}”应为数字，现为百分数“{value}”，请改为不带百分号的数字。",
    "cell_error": "“{title}”的单元格显示为错误值（如 #N/A），请改为正确的内容。",
    "picture": "“{title}”的单元格里是图片，图片中的文字不能读取。请改为填写文字或数字；图片请作为佐证材料另外上传。",
    "not_computed": "“{title}”的公式没有计算结果，请在 Excel 或 WPS 中打开并保存，或“粘贴为数值”后再上传。",
    "no_such_day": "“{title}”没有这一天：“{value}”。",
    "not_in_list": "“{title}”只能填写：{choices}。现为“{value}”。",
    "duplicate": "与第 {rows} 行重复（{titles}相同）。",
    # rows about students
    "student_unknown": "没有找到学籍号为“{value}”的学生，或该学生不在本次导入的班级内。",
    "name_differs": "姓名与学籍号不符：该学籍号的学生是“{expected}”。",
    "code_unknown": "没有找到编号为“{value}”的学生，或该学生不在本次导入的班级内。编号见下载的模板。",
    "name_of_code_differs": "姓名与编号不符：该编号的学生是“{expected}”。",
    "name_unknown": "没有找到“{value}”，或该学生不在本次导入的班级内。",
    "name_shared": "有 {count} 名学生叫“{value}”，请填写编号（见下载的模板）。",
    "part_of_others": "“{title}”由{who}填写，您不能导入这一项，请清空。",
    # roster
    "id_form": "身份证件号应为 18 位，现为 {length} 位或含有不允许的字符。其他证件请在“证件类型”一栏写明。",
    "id_birth": "身份证件号中的出生日期不存在。",
    "id_checksum": "身份证件号校验位不正确，请核对。",
    "document_type": "证件类型“{value}”不能识别，请填写：{choices}。",
    "document_form": "不是有效的{type}号码，请核对证件类型和号码。",
    "document_number": "请填写{type}号码；没有证件的，证件类型填“无”。",
    "document_none": "证件类型为“无”，但填写了号码，请核对。",
    "birth_differs": "出生日期与身份证件号不一致（证件号为 {expected}）。",
    "sex_differs": "性别与身份证件号不一致（证件号为{expected}）。",
    "phone_form": "手机号应为 1 开头的 11 位数字；境外号码请写国家或地区代码，如 +852 91234567。",
    "registry_form": "全国学籍号应为 G、L 或 J 加 18 位。",
    "year_form": "看不出入学年份，请写成 2025级（2025 年入学）或 2025-09 的样子。",
    "year_future": "入学年份 {year} 晚于下一学年，请核对。",
    "age_unlikely": "出生日期与入学年份不相符：入学时 {age} 岁。",
    "class_needed": "{role}必须填写入学年份和班级。",
    "guardian_unnamed": "要移除的监护人请填写姓名或手机号。",
    # questions about rows of a roster, which the school answers in the workbook
    "year_unclear": "请确认：“{value}”可能是 {years} 入学，请写明是哪一年，如 {first}级。",
    "year_or_leaving": "请确认：“{value}”按 {year} 年入学，入学时 {age} 岁。级指入学、届指毕业，请写明入学年份，如 {other}级。",
    "age_unusual": "请确认：“{value}”按 {year} 年入学，入学时 {age} 岁；确实如此，请写成 {year}级。",
    "grade_differs": "请确认：年级“{grade}”与入学年份“{year}”不一致。留级、复学的，请填写现在所在年级的入学年份。",
    "stage_unclear": "请确认：“{value}”没有写明学段，本校有{stages}。请写年级（三年级、七年级）或“小学2026级”。",
    "stage_differs": "请确认：“{value}”不是{stage}的年级，请核对。",
    "phone_two_names": "请确认：同一手机号在第 {rows} 行是另一姓名。确为同一人的，请在“手机号已换人”一栏填“否”，否则请更正。",
    # warnings about rows of a roster
    "private_use": "{title}中的“{characters}”（{codes}）是自造字，换一台设备可能显示成别的字，请尽量改用标准字。",
    "guardian_without_phone": "{title}没有手机号，不能登录，这次不登记；补充手机号后再次导入即可。",
    "age_noted": "入学时 {age} 岁，请核对。",
    "left_already": "按 {year} 年入学，应当已经毕业，请核对。",
}

# Notices that do not stop the import.
NOTICES = {
    "unknown_columns": "以下列不属于模板，未读取：{titles}。",
    "known_layout": "已按“{title}”识别，不需要改成模板的样子。",
    "ignored_columns": "以下列不需要，未读取：{titles}。",
    "unknown_values": "以下列不是方案中的科目，也不是已知的列，未读取：{titles}。",
    "summary_rows": "有 {count} 行是汇总或说明（如平均分、合计、填表人），不是学生的数据，未读取。",
    "group_rest": "有 {count} 行的成员超过 {limit} 个，只读取前 {limit} 个。",
    "results_in_words": "以文字表示的结果：{listed}；按原意保存，不计为 0 分。",
    "other_sheets": "以下工作表未读取，请分别导入：{titles}。",
    "untouched_rows": "有 {count} 行只有预填内容、未填写，已跳过。",
    "hidden_rows": "有 {count} 行在表中是隐藏的（如筛选后），也已读取，请核对。",
    "merged_cells": "有合并单元格，已按同一内容填入每一行，请核对。",
    "floating_pictures": "工作簿中有浮在单元格上方的图片，未读取。",
    "older_template": "模板版本为 {found}，当前版本为 {wanted}，建议重新下载模板。",
    "not_our_template": "文件不是由本平台的模板填写，已按表头识别。",
    "sheet_absent": "没有工作表“{sheet}”，未导入该部分。",
    "problems_cut": "问题过多，只列出前 {limit} 个。",
    # differences between a check and a later one
    "plan_changed": "检查时为“{before}”，现在为“{now}”。",
    "plan_content_changed": "仍为“{now}”，但检查之后有关数据有变动。",
    "rows_changed": "检查之后，第 {first} 至 {last} 行的有关数据有变动。",
    "count_changed": "检查之后有变动，检查时为 {before}，现在：{effect}。",
}


QUESTIONS = frozenset({"date_unclear", "not_for_row", "result_unclear", "two_values", "value_needed"})
"""Problems of cells that the school answers by saying in the workbook what is meant."""


def message_of(code: str, **values: object) -> str:
    """The sentence of a code with `values` filled in. Raises KeyError for an unknown code or a missing value."""
    return (PROBLEMS | REFUSALS | NOTICES)[code].format(**values)
