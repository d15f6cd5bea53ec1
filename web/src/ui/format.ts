/**
 * Dates, durations and numbers as they are written on screen. Moments are ISO 8601 with an offset and are shown in China's one
 * time zone, whatever the device says; dates are `YYYY-MM-DD` and never become a moment.
 */
import { now } from './clock'

const DAY = 86_400_000
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

interface Parts {
  year: number
  month: number
  day: number
  weekday: string
  time: string
}

/** Calendar parts in China (UTC+8, no daylight saving time) of a moment in milliseconds. */
function parts(ms: number): Parts {
  const shifted = new Date(ms + 8 * 3_600_000)
  const two = (value: number) => String(value).padStart(2, '0')
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    weekday: WEEKDAYS[shifted.getUTCDay()] ?? '',
    time: `${two(shifted.getUTCHours())}:${two(shifted.getUTCMinutes())}`,
  }
}

/** Midnight in China of a date `YYYY-MM-DD`, in milliseconds; only for arithmetic on days. */
function midnight(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) - 8 * 3_600_000
}

function read(value: string | number): number {
  if (typeof value === 'number') return value
  return /^\d{4}-\d\d-\d\d$/.test(value) ? midnight(value) : Date.parse(value)
}

function dayOf(ms: number): string {
  const { year, month, day } = parts(ms)
  return `${Math.abs(ms - now()) > 200 * DAY ? `${year}年` : ''}${month}月${day}日`
}

/** 12月8日, from a date or a moment; with the year if it is more than 200 days away. */
export function formatDay(value: string | number): string {
  return dayOf(read(value))
}

/** 12月8日（周二） */
export function formatWeekday(value: string | number): string {
  const ms = read(value)
  return `${dayOf(ms)}（${parts(ms).weekday}）`
}

/** 12月2日 19:20 */
export function formatMoment(value: string | number): string {
  const ms = read(value)
  return `${dayOf(ms)} ${parts(ms).time}`
}

/** 09:12 */
export function formatTime(value: string | number): string {
  return parts(read(value)).time
}

/** A moment until which something is possible: 12月8日（周二）24:00; midnight belongs to the day that ends. */
export function formatUntil(value: string | number, short = false): string {
  const ms = read(value)
  const { time } = parts(ms)
  const last = time === '00:00' ? ms - 1 : ms
  const clock = time === '00:00' ? '24:00' : time
  return short ? `${dayOf(last)} ${clock}` : `${dayOf(last)}（${parts(last).weekday}）${clock}`
}

/** 10月10日 – 11月28日; of moments, an end at midnight is the day before. One day is written once. */
export function formatRange(from: string | number, to: string | number): string {
  const end = read(to)
  const isDate = typeof to === 'string' && to.length === 10
  const [first, last] = [dayOf(read(from)), dayOf(!isDate && parts(end).time === '00:00' ? end - 1 : end)]
  return first === last ? first : `${first} – ${last}`
}

/** `YYYY-MM-DD` of a moment in China, as records write dates. */
export function isoDate(value: string | number): string {
  const { year, month, day } = parts(read(value))
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** Today in China, by the service's clock. */
export function today(): string {
  return isoDate(now())
}

/** A date some days later (or earlier), without a time zone in between. */
export function addDays(date: string, days: number): string {
  return isoDate(midnight(date) + days * DAY)
}

/** Whole days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((midnight(to) - midnight(from)) / DAY)
}

/** 约剩 3 分钟; rounded up, so that it is never too little. */
export function formatRemaining(seconds: number): string {
  if (seconds < 60) return `约剩 ${Math.max(1, Math.ceil(seconds))} 秒`
  if (seconds < 3600) return `约剩 ${Math.ceil(seconds / 60)} 分钟`
  return `约剩 ${Math.ceil(seconds / 3600)} 小时`
}

export interface Left {
  /** Numbers with their units, such as 6 天 7 小时. */
  parts: { count: number; unit: string }[]
  /** Less than a day. */
  short: boolean
  ended: boolean
}

/** Time left until a moment: days and hours, under a day hours, under an hour minutes. */
export function timeLeft(until: string | number, from: number = now()): Left {
  const ms = read(until) - from
  if (ms <= 0) return { parts: [], short: true, ended: true }
  const short = ms < DAY
  const minutes = Math.max(1, Math.floor(ms / 60_000))
  if (minutes < 60) return { parts: [{ count: minutes, unit: '分钟' }], short, ended: false }
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return { parts: [{ count: hours, unit: '小时' }], short, ended: false }
  const found = [{ count: Math.floor(hours / 24), unit: '天' }]
  if (hours % 24) found.push({ count: hours % 24, unit: '小时' })
  return { parts: found, short, ended: false }
}

/** 1,240 */
export function formatNumber(value: number, digits = 0): string {
  const [whole = '', rest] = Math.abs(value).toFixed(digits).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${value < 0 ? '−' : ''}${grouped}${rest ? `.${rest}` : ''}`
}

/** 83.6%; whole per cent without a digit. Never 100% while something is missing, never 0% while something is there. */
export function formatShare(done: number, of: number): string {
  if (of <= 0) return '—'
  const value = (done / of) * 100
  const bounded = done < of && value > 99 ? 99 : done > 0 && value < 1 ? 1 : Math.round(value)
  return `${bounded}%`
}

/** 0.6 MB, 820 KB */
export function formatSize(bytes: number): string {
  if (bytes >= 1_048_576) return `${(bytes / 1_048_576).toFixed(1)} MB`
  return `${Math.max(1, Math.round(bytes / 1024))} KB`
}
