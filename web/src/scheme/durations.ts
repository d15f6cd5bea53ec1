/** Durations as people write them (L-13); the same readings as `scheme.durations` of the services. */
import { decimal, divide, round, text, times, type Decimal } from './decimal'

export type DurationUnit = '秒' | '分秒'
const QUOTE = /[’‘`´ʹʼ′‵ˊ＇]/gu
const DOUBLE_QUOTE = /[”“″〃˝ʺ‶＂]/gu
const NUMBER = '\\d{1,9}(?:\\.\\d{1,9})?'
const ISO = new RegExp(`^pt(?:(\\d{1,4})h)?(?:(\\d{1,5})m)?(?:(${NUMBER})s)?$`)
const WORDS = new RegExp(`^(?:(\\d{1,4})时)?(?:(\\d{1,5})分)?(?:(${NUMBER})秒?)?$`)
const MARKS = new RegExp(`^(?:(\\d{1,5})')?(?:(${NUMBER})"?)?$`)
const TENTHS = /^([^.]*\d)(秒|")(\d{1,3})$/
const CLOCK = /^(?:(\d{1,4}):)?(\d{1,5}):(\d{1,2}(?:\.\d{1,9})?)$/
const PLAIN_NUMBER = /^(\d{1,9})(?:[.](\d{1,18}))?$/
const DAY = 86_400
const MINUTE = decimal(60)

/** The seconds that a text may mean, likeliest first; none if it is no duration. */
export function readings(typed: string, unit: DurationUnit): Decimal[] {
  let found = typed.replace(QUOTE, "'").replace(DOUBLE_QUOTE, '"').normalize('NFKC').replace(/\s/g, '').toLowerCase()
  found = found.split("''").join('"')
  const iso = ISO.exec(found)
  if (iso) return iso[1] || iso[2] || iso[3] ? sum(iso[1], iso[2], iso[3]) : []
  found = found
    .replace(/小时|hours?|hrs?|h/g, '时')
    .replace(/分钟|mins?|m/g, '分')
    .replace(/秒钟|secs?|s/g, '秒')
  const number = PLAIN_NUMBER.exec(found)
  if (number) return ofNumber(found, number[1] ?? '', number[2], unit)
  found = found.replace(TENTHS, '$1.$3$2')
  const words = WORDS.exec(found)
  if (words && (words[1] || words[2] || words[3])) return sum(words[1], words[2], words[3])
  const marks = MARKS.exec(found)
  if (marks && (marks[1] || marks[2])) return sum(undefined, marks[1], marks[2])
  const clock = CLOCK.exec(found)
  if (!clock) return []
  const [, hours, minutes, seconds = ''] = clock
  const whole = sum(hours, minutes, seconds)
  const spreadsheet = hours && Number(hours) && !Number(seconds) // Excel takes 3:45 for hours and minutes
  return spreadsheet ? [...whole, ...sum(undefined, hours, minutes)] : whole
}

function sum(hours?: string, minutes?: string, seconds?: string): Decimal[] {
  const rest = decimal(seconds ?? 0)
  if (((minutes || hours) && rest >= MINUTE) || (hours && Number(minutes ?? 0) >= 60)) return []
  return [decimal(Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60) + rest]
}

function ofNumber(typed: string, whole: string, fraction: string | undefined, unit: DurationUnit): Decimal[] {
  const number = decimal(typed)
  const day = number > 0n && number < decimal(1) && (fraction?.length ?? 0) > 3 ? ofADay(number) : []
  if (unit === '秒') return day.length ? day : [number]
  if (fraction === undefined) {
    if (number < MINUTE) return [number, ...sum(undefined, whole, undefined)]
    return [number, ...sum(undefined, String(Math.floor(Number(whole) / 100)), String(Number(whole) % 100))]
  }
  if (Number(whole) >= 60) return [number]
  if (fraction.length === 2) return sum(undefined, whole, fraction)
  if (fraction.length === 1) return [...sum(undefined, whole, `${fraction}0`), ...sum(undefined, whole, `0${fraction}`)]
  return day
}

/** A time in a cell without its format is a part of a day; where a spreadsheet took 3:45 for hours, minutes are meant too. */
function ofADay(number: Decimal): Decimal[] {
  const seconds = round(times(number, DAY), 2)
  if (seconds % MINUTE || seconds < decimal(3600)) return [seconds]
  return [seconds, seconds / 60n]
}

/** The one reading within the range, in microseconds; throws a sentence if there is none or (`Unclear`) several. */
export function toDuration(
  typed: string,
  unit: DurationUnit,
  minimum: Decimal | null,
  maximum: Decimal | null,
): Decimal {
  const found = [...new Set(readings(typed, unit))]
  const [first] = found
  if (first === undefined)
    throw new Error(`看不出“${short(typed)}”是多长时间，请写成 ${shown(decimal(225), unit)} 的样子`)
  const fitting = found.filter((one) => (minimum === null || one >= minimum) && (maximum === null || one <= maximum))
  if (fitting.length > 1) {
    const both = fitting.map((one) => shown(one, '分秒')).join('还是')
    throw new Unclear(`“${short(typed)}”是${both}？请写成 ${shown(fitting[0] ?? first, '分秒')} 的样子`)
  }
  return round(fitting[0] ?? first, 6)
}

export class Unclear extends Error {}

/** 3分45秒, 7.8秒, 1小时0分5秒. */
export function shown(seconds: Decimal, unit: DurationUnit): string {
  if (unit === '秒') return `${text(seconds)}秒`
  const [minutes, rest] = divide(seconds, 60)
  const hours = Math.floor(minutes / 60)
  const whole = minutes % 60
  return `${hours ? `${hours}小时` : ''}${hours || whole ? `${whole}分` : ''}${text(rest)}秒`
}

/** ISO 8601 as values of records hold it: PT3M45S. */
export function toIso(seconds: Decimal): string {
  const [minutes, rest] = divide(seconds, 60)
  return minutes ? `PT${minutes}M${text(rest)}S` : `PT${text(rest)}S`
}

function short(typed: string): string {
  const line = typed.split(/\s+/).filter(Boolean).join(' ')
  const points = Array.from(line)
  return points.length <= 30 ? line : `${points.slice(0, 30).join('')}…`
}
