/** Converts what people type into values, as `scheme.values` of the services does. Throws a sentence that one can act on. */
import { decimal, isWhole, round, text } from './decimal'

/** Commas stand between thousands only: 1,68 is neither 168 nor 1.68 for sure. */
const THOUSANDS = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/
const DATE = /^(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?|(\d{2})(\d{2}))/
const TIME = /^(上午|早上|下午|晚上)?\s*(\d{1,2})[:时点](\d{1,2}|半)?(?:[:分](\d{1,2})?秒?)?\s*([AP]M)?$/i
const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2}|\d{8})(?:[^\d](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i
const HOURS = /^(?:(\d+(?:\.\d+)?)\s*(?:小时|时|h))?\s*(?:(\d+)\s*(?:分钟|分|min))?$/i
const YES = new Set(['是', '有', '对', 'true', 'yes', 'y', '1', '√', '✓'])
const NO = new Set(['否', '无', '没有', '不', 'false', 'no', 'n', '0', '×'])
/** What Python calls white space, control characters left out: they are refused. */
const SPACES = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u
const EDGES = /^[ \t\n\u3000\ufeff]+|[ \t\n\u3000\ufeff]+$/g

export function isBlank(typed: string): boolean {
  return /^[ \t\r\n\u3000\ufeff]*$/.test(typed)
}

export function halfWidth(typed: string): string {
  return typed.normalize('NFKC').trim()
}

/** Number of characters as the server counts them: code points. */
export function lengthOf(cleaned: string): number {
  return Array.from(cleaned).length
}

/** Trims, unifies line ends, refuses control characters. Chinese punctuation is kept. */
export function cleanText(typed: string): string {
  const lines = typed.replace(/\r\n?/g, '\n').replace(EDGES, '')
  if (/[\p{Cc}\p{Cs}]/u.test(lines.replace(/[\n\t]/g, ''))) throw new Error('含有无法显示的字符')
  return lines.normalize('NFC')
}

/** One line: full-width digits become plain ones, spaces single ones. */
export function lineOf(typed: string): string {
  const digits = cleanText(typed).replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
  return digits.split(SPACES).filter(Boolean).join(' ')
}

function dayOf(year: string, month: string, day: string): string {
  const [y, m, d] = [Number(year), Number(month), Number(day)]
  const last =
    m === 2 ? ((y % 4 === 0 && y % 100 !== 0) || y % 400 === 0 ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > last) throw new Error('没有这一天，请检查日期')
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

/** 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301 → 2026-03-01. */
export function toDate(typed: string): string {
  const plain = halfWidth(typed).replace(/[ T]+0{1,2}:00(:00)?(\.0+)?$/, '')
  const found = DATE.exec(plain)
  if (!found || found[0].length !== plain.length) throw new Error('日期格式不正确，请写成 2026-03-01 这样')
  return dayOf(found[1] ?? '', found[2] ?? found[4] ?? '', found[3] ?? found[5] ?? '')
}

/** A day and a time, midnight by default, with the offset of `zone` unless one is given: 2026-03-01T14:30:00+08:00. */
export function toDatetime(typed: string, zone: string): string {
  const plain = halfWidth(typed)
  const iso = ISO_TIME.exec(plain)
  if (iso) {
    const [, digits = '', hour = '00', minute = '00', second = '00', part = '', offset] = iso
    const day = digits.length === 8 ? `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}` : digits
    const [year = '', month = '', date = ''] = day.split('-')
    if (isDay(year, month, date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60)
      return moment(day, hour, minute, second, part, offset, zone)
  }
  const found = DATE.exec(plain)
  const wrong = new Error('时间格式不正确，请写成 2026-03-01 14:30 这样')
  if (!found) throw wrong
  const rest = plain.slice(found[0].length).replace(/^[ T]+|[ T]+$/g, '')
  const time = rest ? TIME.exec(rest) : null
  if (rest && !time) throw wrong
  const [hour, minute, second] = time ? timeOfDay(time) : [0, 0, 0]
  const [h, m, s] = [hour, minute, second].map((it) => String(it).padStart(2, '0')) as [string, string, string]
  return moment(toDate(found[0]), h, m, s, '', undefined, zone)
}

function isDay(year: string, month: string, day: string): boolean {
  try {
    dayOf(year, month, day)
    return true
  } catch {
    return false
  }
}

function timeOfDay(found: RegExpExecArray): [number, number, number] {
  let hour = Number(found[2])
  const half = (found[1] ?? found[5] ?? '').toUpperCase()
  if (['下午', '晚上', 'PM'].includes(half) && hour < 12) hour += 12
  else if (half === 'AM' && hour === 12) hour = 0
  const minute = found[3] === '半' ? 30 : Number(found[3] ?? 0)
  const second = Number(found[4] ?? 0)
  if (hour > 23 || minute > 59 || second > 59) throw new Error('没有这个时刻，请检查时间')
  return [hour, minute, second]
}

function moment(
  day: string,
  hour: string,
  minute: string,
  second: string,
  part: string,
  offset: string | undefined,
  zone: string,
): string {
  const fraction = part && Number(part) ? `.${part.slice(0, 6).padEnd(6, '0')}` : ''
  const local = `${day}T${hour}:${minute}:${second}`
  return `${local}${fraction}${offset === undefined ? offsetAt(local, zone) : offsetText(offset)}`
}

function offsetText(offset: string): string {
  if (offset.toUpperCase() === 'Z') return '+00:00'
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0')
  return `${offset.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`
}

/** The parts of a moment on the clock of a zone, as 2026-03-01 and 14:30:00. */
export function onClock(at: number, zone: string): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at)
  const part = (type: string) => parts.find((it) => it.type === type)?.value ?? ''
  return {
    day: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}:${part('second')}`,
  }
}

/** The offset of a zone at a local time, such as +08:00. */
function offsetAt(local: string, zone: string): string {
  const asUtc = Date.parse(`${local}Z`)
  if (Number.isNaN(asUtc)) return '+00:00'
  let minutes = 0
  for (let turn = 0; turn < 2; turn++) {
    const { day, time } = onClock(asUtc - minutes * 60_000, zone)
    minutes = Math.round((Date.parse(`${day}T${time}Z`) - (asUtc - minutes * 60_000)) / 60_000)
  }
  const size = Math.abs(minutes)
  const two = (it: number) => String(it).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** A number without exponent, at most 12 digits before the point, rounded to 6 after it. */
export function toDecimal(typed: string): string {
  const half = halfWidth(typed)
  const plain = THOUSANDS.test(half) ? half.split(',').join('') : half
  if (!/^(?:[+-]?\d{1,12}(\.\d*)?|[+-]?\.\d+)$/.test(plain)) throw new Error('请填写数字')
  return text(round(decimal(plain), 6))
}

export function toInteger(typed: string): number {
  const number = toDecimal(typed)
  if (!isWhole(decimal(number))) throw new Error('请填写整数')
  return Number(number)
}

export function toBoolean(typed: string): boolean {
  const plain = halfWidth(typed).toLowerCase()
  if (YES.has(plain)) return true
  if (NO.has(plain)) return false
  throw new Error('请填写“是”或“否”')
}

/** Hours, to the minute: 3, 2.5, 12小时30分钟, 90分钟, 1:30. */
export function toHours(typed: string): string {
  const plain = halfWidth(typed)
  const clock = /^(\d{1,4}):([0-5]\d)$/.exec(plain)
  if (clock) return hoursOf(clock[1] ?? '0', clock[2] ?? '0')
  const words = HOURS.exec(plain)
  if (words && (words[1] || words[2])) return hoursOf(words[1] ?? '0', words[2] ?? '0')
  try {
    return toDecimal(plain)
  } catch {
    throw new Error('时长格式不正确，请写成 2.5 或 2小时30分钟')
  }
}

function hoursOf(hours: string, minutes: string): string {
  return text(round(decimal(hours) + decimal(minutes) / 60n, 2))
}

/** Today on the school's clock, as 2026-03-01. */
export function todayIn(zone: string, now: number = Date.now()): string {
  return onClock(now, zone).day
}
