/** The parts of ECharts that the charts use; a chunk of its own, loaded with the first chart. */
import { LineChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

// SVG prints sharply and scales. No tooltip: it would write style attributes, which the security policy forbids.
use([LineChart, GridComponent, MarkLineComponent, SVGRenderer])

export { init }
