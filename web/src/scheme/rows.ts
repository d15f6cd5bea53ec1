/** Which fields stand side by side on the phone: two narrow ones that follow each other. */
import type { Field } from './model'
import { typeOf } from './types'

export interface Placed {
  field: Field
  half: boolean
}

const isNarrow = (field: Field) => typeOf(field).narrow(field)

export function placed(fields: Field[]): Placed[] {
  const found: Placed[] = []
  for (let at = 0; at < fields.length; at++) {
    const [field, next, third] = [fields[at] as Field, fields[at + 1], fields[at + 2]]
    // Two of one type belong together, such as the first and the last day.
    const better = next && third && field.type !== next.type && next.type === third.type && isNarrow(third)
    if (next && isNarrow(field) && isNarrow(next) && !better) {
      found.push({ field, half: true }, { field: next, half: true })
      at++
    } else found.push({ field, half: false })
  }
  return found
}
