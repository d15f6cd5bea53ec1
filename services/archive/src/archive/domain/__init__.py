"""Rules of archive, without I/O: states, windows, evaluations, selection, and how a content is put together."""

from servicekit.refusals import declare

declare("evaluations_missing", 409, "还有评价没有填写")
declare("term_not_ready", 409, "本学期还不能生成学期档案")
declare("career_not_ready", 409, "还不能生成生涯档案")
