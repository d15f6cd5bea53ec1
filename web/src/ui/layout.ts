/** Which of the two shells is on the screen: `office` (rail and top bar) from 768 px on, else `phone` (bottom tabs). */
import { computed, ref, type Component, type InjectionKey } from 'vue'

const wide = window.matchMedia('(min-width: 48rem)')
const office = ref(wide.matches)
wide.addEventListener('change', () => (office.value = wide.matches))

export const isOffice = computed(() => office.value)

/** What the shell shows in the phone's bar of a start page: who, where, switching the card, messages. */
export const START_BAR: InjectionKey<Component> = Symbol('start bar')
