/** Decimal numbers without rounding errors: integers scaled by 10^18. The server's values have at most 18 decimals. */
const PLACES = 18
const ONE = 10n ** BigInt(PLACES)
export type Decimal = bigint

/** A plain decimal text, with or without sign; at most 18 decimals are kept. */
export function decimal(text: string | number): Decimal {
  const [, sign, whole, part = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(String(text)) ?? []
  if (whole === undefined) return 0n
  const digits = BigInt((whole || '0') + part.slice(0, PLACES).padEnd(PLACES, '0'))
  return sign === '-' ? -digits : digits
}

/** Rounded to so many decimals, ties to the even digit as in Python. */
export function round(value: Decimal, places: number): Decimal {
  const unit = 10n ** BigInt(PLACES - places)
  const sign = value < 0n ? -1n : 1n
  const size = value * sign
  const rest = size % unit
  let count = size / unit
  if (rest * 2n > unit || (rest * 2n === unit && count % 2n === 1n)) count += 1n
  return sign * count * unit
}

export function times(value: Decimal, by: number): Decimal {
  return value * BigInt(by)
}

export function isWhole(value: Decimal): boolean {
  return value % ONE === 0n
}

/** Without trailing zeros and exponent: 90, 2.5, -0.25. */
export function text(value: Decimal): string {
  const size = value < 0n ? -value : value
  const part = (size % ONE).toString().padStart(PLACES, '0').replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${(size / ONE).toString()}${part && `.${part}`}`
}

/** Quotient and remainder of a number that is not negative. */
export function divide(value: Decimal, by: number): [number, Decimal] {
  const unit = ONE * BigInt(by)
  return [Number(value / unit), value % unit]
}
