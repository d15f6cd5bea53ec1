/** One short message at a time about what was done, with a way back. Never for errors: those stay in place. */
import { reactive, readonly } from 'vue'

interface Shown {
  id: number
  text: string
  undo: (() => void) | null
  undoLabel: string
}

const state = reactive<{ shown: Shown | null }>({ shown: null })
export const toastState = readonly(state) as { readonly shown: Readonly<Shown> | null }
let timer: ReturnType<typeof setTimeout> | undefined
let ids = 0

/** How long a message stays, in milliseconds. */
export function toastTime(): number {
  return document.documentElement.dataset.mode?.includes('large') ? 20_000 : 5_000
}

/** Shows a message instead of the present one. Answers a function that takes it away. */
export function toast(text: string, undo?: () => void, undoLabel = '撤回'): () => void {
  const id = ++ids
  state.shown = { id, text, undo: undo ?? null, undoLabel }
  runToast()
  return () => closeToast(id)
}

export function closeToast(id?: number): void {
  if (id !== undefined && state.shown?.id !== id) return
  clearTimeout(timer)
  state.shown = null
}

/** Stops the time while the message has the focus or the pointer. */
export function holdToast(): void {
  clearTimeout(timer)
}

export function runToast(): void {
  clearTimeout(timer)
  timer = setTimeout(() => closeToast(), toastTime())
}
