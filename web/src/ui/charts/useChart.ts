/** Draws an ECharts chart into an element: loads the library, follows size and 大字版, and takes colours from the tokens. */
import type { EChartsCoreOption } from 'echarts/core'
import { onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'

export interface Ink {
  /** The value of a token, `--chart-1`. */
  color: (token: string) => string
  /** Sizes in pixels of `--text-xs` and `--text-sm`. */
  xs: number
  sm: number
  font: string
}

export function useChart(box: Ref<HTMLElement | null>, option: (ink: Ink, width: number) => EChartsCoreOption) {
  const failed = ref(false)
  let stop: () => void = () => undefined

  onMounted(async () => {
    let gone = false
    stop = () => {
      gone = true
    }
    try {
      const { init } = await import('./echarts')
      const element = box.value
      if (gone || !element) return
      const chart = init(element, null, { renderer: 'svg' })
      const draw = () => {
        const style = getComputedStyle(document.documentElement)
        const rem = parseFloat(style.fontSize)
        const ink: Ink = {
          color: (token) => style.getPropertyValue(token).trim(),
          xs: rem * 0.8125,
          sm: rem * 0.875,
          font: style.getPropertyValue('--font-sans').trim(),
        }
        chart.resize()
        chart.setOption({ animation: false, ...option(ink, element.clientWidth) }, true)
      }
      draw()
      const size = new ResizeObserver(draw)
      size.observe(element)
      const mode = new MutationObserver(draw)
      mode.observe(document.documentElement, { attributeFilter: ['data-mode'] })
      const unwatch = watch(() => option({ color: () => '', xs: 13, sm: 14, font: '' }, 0), draw)
      stop = () => {
        size.disconnect()
        mode.disconnect()
        unwatch()
        chart.dispose()
      }
    } catch {
      failed.value = true // the table says the same
    }
  })
  onBeforeUnmount(() => stop())
  return { failed }
}
