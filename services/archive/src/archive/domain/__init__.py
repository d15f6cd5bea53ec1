"""Rules of archive, without I/O: states, windows, evaluations, selection, and the content of archives."""

from servicekit.refusals import declare

declare("evaluations_missing", 409, "还有评价没有填写")
declare("characters_missing", 409, "姓名中有不能打印的字符")
declare("term_not_ready", 409, "本学期还不能生成学期档案")
declare("career_not_ready", 409, "还不能生成生涯档案")
declare("nothing_to_correct", 409, "档案内容没有变化，无需更正")
declare("correction_open", 409, "这份档案已有更正正在进行")
declare("backfill_incomplete", 409, "补录的内容还不完整")
declare("backfill_not_possible", 409, "不能为这名学生补录这个学期")
declare("no_verdict", 409, "本方案没有这一项")
declare("verdicts_missing", 409, "还有学生没有评价结论")
declare("sign_off_open", 409, "确认单还没有全部签字")
declare("summary_changed", 409, "汇总表已有变动")
declare("no_scores", 409, "本方案没有评分")
declare("scores_missing", 409, "还有学生没有评分")
declare("reasons_missing", 409, "还没有写明评定的理由")
declare("consents_open", 409, "还没有征得上级同意")
declare("shares_exceeded", 409, "等级人数超过规定的比例")
declare("results_open", 409, "还有班级的成绩没有锁定")
