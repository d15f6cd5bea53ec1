/** One field: reads, checks and shows a value. Messages are the server's (`scheme.fields`); the server stays the judge. */
import { decimal, round, text } from './decimal'
import { shown as durationShown, toDuration, toIso, Unclear, type DurationUnit } from './durations'
import { isEmpty, outcomeOf, type Checked, type Context, type Field, type Value } from './model'
import {
  cleanText,
  halfWidth,
  isBlank,
  lengthOf,
  lineOf,
  onClock,
  toBoolean,
  toDate,
  toDatetime,
  toDecimal,
  todayIn,
  toHours,
  toInteger,
} from './values'

class Wrong extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

const READERS: Record<string, (typed: string, field: Field, context: Context) => Value> = {
  text: lineOf,
  catalog: lineOf,
  long_text: cleanText,
  date: toDate,
  datetime: (typed, _field, context) => toDatetime(typed, context.zone),
  integer: toInteger,
  decimal: toDecimal,
  boolean: toBoolean,
  duration_hours: toHours,
  duration: (typed, field) => toIso(toDuration(typed, durationUnit(field), limit(field.minimum), limit(field.maximum))),
  choice: (typed, field) => choiceOf(halfWidth(typed), field),
  image: numberOfFile,
}

export const KNOWN_TYPES = Object.keys(READERS)
/** A value of a type that this client does not know goes to the server as it was written. */
const readUnknown = cleanText

function limit(number: Field['minimum']) {
  return isEmpty(number) ? null : decimal(number as string)
}

function durationUnit(field: Field): DurationUnit {
  return field.unit === '分秒' ? '分秒' : '秒'
}

function choiceOf(plain: string, field: Field): string {
  for (const choice of field.choices ?? []) {
    const names = [choice.title, ...(choice.aliases ?? [])].map(halfWidth)
    if (plain === choice.id || names.includes(plain)) return choice.id
  }
  throw new Error(`只能是${(field.choices ?? []).map((choice) => choice.title).join('、')}`)
}

/** As many files as a record may have. */
const MOST_FILES = 50

function numberOfFile(typed: string): Value {
  const number = toInteger(typed)
  if (number < 1 || number > MOST_FILES) throw new Error('请从已上传的图片中选择')
  return number
}

function outcomeNamed(value: unknown, field: Field): { outcome: string } | null {
  const name = outcomeOf(value) ?? (typeof value === 'string' ? halfWidth(value) : null)
  if (name === null) return null
  const found = field.outcomes?.find((one) => [one.id, one.title, ...(one.aliases ?? [])].map(halfWidth).includes(name))
  return found ? { outcome: found.id } : null
}

/** The value as the server would store it; null if nothing is written. Otherwise the limit it exceeds and a sentence. */
export function check(field: Field, value: unknown, context: Context): Checked {
  try {
    return { ok: true, value: read(field, value, context) }
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, code: error.code, message: error.message }
    throw error
  }
}

function read(field: Field, value: unknown, context: Context): Value {
  if (isEmpty(value) || (typeof value === 'string' && isBlank(value))) {
    if (field.required) throw new Wrong('required', `${field.title}不能为空`)
    return null
  }
  const outcome = outcomeNamed(value, field)
  if (outcome) return outcome
  if (typeof value === 'object') throw new Wrong('type', `${field.title}：请填写文字、数字或日期`)
  if (typeof value === 'boolean' && field.type === 'boolean') return value
  const typed = field.type === 'duration' && typeof value === 'number' ? `${value}秒` : String(value)
  const clean = readTyped(field, typed, context)
  checkLimits(field, clean, context)
  return clean
}

function readTyped(field: Field, typed: string, context: Context): Value {
  try {
    return (READERS[field.type] ?? readUnknown)(typed, field, context)
  } catch (error) {
    const message = (error as Error).message
    if (error instanceof Unclear) throw new Wrong('unclear', `${field.title}：${message}`)
    if (field.outcomes?.length && !/\d/.test(typed)) throw new Wrong('outcomes', unclearOutcome(field, typed))
    throw new Wrong('type', `${field.title}：${message}`)
  }
}

function unclearOutcome(field: Field, typed: string): string {
  const words = (field.outcomes ?? []).map((one) => one.title).join('、')
  const line = Array.from(typed.split(/\s+/).filter(Boolean).join(' ')).slice(0, 30).join('')
  return `${field.title}：“${line}”是什么意思？请填写数字，或写明 ${words}；没有结果的留空`
}

function checkLimits(field: Field, value: Value, context: Context): void {
  if (field.type === 'date' || field.type === 'datetime') checkDay(field, String(value), context)
  else if (field.type === 'duration') checkNumber(field, isoSeconds(String(value)))
  else if (['integer', 'decimal', 'duration_hours'].includes(field.type)) checkNumber(field, decimal(String(value)))
  else if (typeof value === 'string') checkText(field, value)
}

function checkDay(field: Field, value: string, context: Context): void {
  if (!field.not_future) return
  if (value.slice(0, 10) > (context.today ?? todayIn(context.zone)))
    throw new Wrong('not_future', `${field.title}不能晚于今天`)
}

function checkText(field: Field, value: string): void {
  const length = lengthOf(value)
  if (length < (field.min_length ?? 0))
    throw new Wrong('min_length', `${field.title}至少${field.min_length}个字，现有${length}个字`)
  if (field.max_length && length > field.max_length)
    throw new Wrong('max_length', `${field.title}最多${field.max_length}个字，现有${length}个字`)
  const pattern = field.pattern ? patternOf(field.pattern) : null
  if (pattern && !pattern.test(value))
    throw new Wrong('pattern', `${field.title}：${field.pattern_says ?? '格式不正确'}`)
}

/** The server's pattern; null if this browser cannot read it, then the server alone checks. */
function patternOf(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u')
  } catch {
    return null
  }
}

function checkNumber(field: Field, value: bigint): void {
  const [least, most] = [limit(field.minimum), limit(field.maximum)]
  if (least !== null && value < least)
    throw new Wrong('minimum', `${field.title}不能小于${limitText(field, field.minimum)}`)
  if (most !== null && value > most)
    throw new Wrong('maximum', `${field.title}不能大于${limitText(field, field.maximum)}`)
  const places = field.decimals ?? 2
  if (field.type !== 'integer' && value !== round(value, places))
    throw new Wrong('decimals', `${field.title}最多${places}位小数`)
}

function limitText(field: Field, number: Field['minimum']): string {
  if (field.type === 'duration') return durationShown(decimal(number as string), durationUnit(field))
  return `${number}${field.unit ?? ''}`
}

function isoSeconds(iso: string): bigint {
  const found = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(iso)
  if (!found) return decimal(0)
  return decimal(Number(found[1] ?? 0) * 3600 + Number(found[2] ?? 0) * 60) + decimal(found[3] ?? 0)
}

/** The value for readers: a choice's title, 是/否, a number with its unit, a result in words. */
export function toText(field: Field, value: unknown, zone = 'Asia/Shanghai'): string {
  if (isEmpty(value)) return ''
  const outcome = outcomeOf(value)
  if (outcome !== null) return field.outcomes?.find((one) => one.id === outcome)?.title ?? outcome
  if (typeof value === 'object') return ''
  const plain = String(value)
  switch (field.type) {
    case 'duration':
      return plain.startsWith('PT') ? durationShown(isoSeconds(plain), durationUnit(field)) : plain
    case 'choice':
      return field.choices?.find((choice) => choice.id === value)?.title ?? plain
    case 'boolean':
      return value === true || value === 'true' ? '是' : '否'
    case 'duration_hours':
      return `${plain}${field.unit ?? '小时'}`
    case 'image':
      return `见第${plain}份材料`
    case 'integer':
    case 'decimal':
      return `${plain}${field.unit ?? ''}`
    case 'datetime':
      return momentText(plain, zone)
    default:
      return plain
  }
}

function momentText(iso: string, zone: string): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return iso
  const { day, time } = onClock(at, zone)
  return `${day} ${time.slice(0, 5)}`
}

/** What an input shows for a stored value; `check` accepts it again. */
export function toInput(field: Field, value: unknown, zone: string): Value {
  if (isEmpty(value)) return null
  if (outcomeOf(value) !== null || typeof value === 'boolean') return value as Value
  if (field.type === 'duration') return toText(field, value)
  if (field.type === 'datetime') return momentText(String(value), zone).replace(' ', 'T')
  return String(value)
}

/** Seconds, hours or a number for comparing two values of one type. */
export function comparable(field: Field, value: Value): bigint | number | string | null {
  if (value === null || typeof value === 'object' || typeof value === 'boolean') return null
  switch (field.type) {
    case 'date':
      return String(value)
    case 'datetime':
      return Date.parse(String(value))
    case 'duration':
      return isoSeconds(String(value))
    case 'integer':
    case 'decimal':
    case 'duration_hours':
      return decimal(String(value))
    default:
      return null
  }
}

/** 0.5–200 小时, ≤ 60 字 …: what fits, for the line under an input; empty if there is no limit. */
export function rangeText(field: Field): string {
  const [least, most] = [field.minimum, field.maximum].map((it) => (isEmpty(it) ? null : limitText(field, it)))
  const bare = isEmpty(field.minimum) ? '' : text(decimal(field.minimum as string))
  if (least && most) return field.type === 'duration' ? `${least} 到 ${most}` : `${bare} 到 ${most}`
  return least ? `不小于${least}` : most ? `不大于${most}` : ''
}
