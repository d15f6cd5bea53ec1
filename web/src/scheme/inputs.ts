/** The input of each type of field. */
import { defineAsyncComponent, type Component } from 'vue'
import ChoiceValue from './inputs/ChoiceValue.vue'
import DateValue from './inputs/DateValue.vue'
import LongTextValue from './inputs/LongTextValue.vue'
import NumberValue from './inputs/NumberValue.vue'
import TextValue from './inputs/TextValue.vue'
import YesNoValue from './inputs/YesNoValue.vue'
import type { Field } from './model'

const INPUTS: Record<string, Component> = {
  text: TextValue,
  catalog: defineAsyncComponent(() => import('./inputs/CatalogValue.vue')),
  long_text: LongTextValue,
  date: DateValue,
  datetime: DateValue,
  integer: NumberValue,
  decimal: NumberValue,
  duration: NumberValue,
  duration_hours: NumberValue,
  choice: ChoiceValue,
  boolean: YesNoValue,
  image: defineAsyncComponent(() => import('./inputs/ImageValue.vue')),
}

export function inputOf(field: Field): Component {
  return Object.prototype.hasOwnProperty.call(INPUTS, field.type) ? (INPUTS[field.type] as Component) : TextValue
}
