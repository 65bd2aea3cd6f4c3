import type { Row } from '@/api/types'
import { say, type Words } from '@/words/words'
import type { EChartsOption } from 'echarts'

type Cell = Row<'/analytics/order/heat-map'>

const DAYS: readonly Words[] = [
  ['周一', 'Mon'],
  ['周二', 'Tue'],
  ['周三', 'Wed'],
  ['周四', 'Thu'],
  ['周五', 'Fri'],
  ['周六', 'Sat'],
  ['周日', 'Sun'],
]
const HOURS = Array.from({ length: 24 }, (_, hour) => `${hour}:00`)

/** The hours of the days of the week, darker where more orders are made; Monday stands above. */
export function heatOption(cells: readonly Cell[]): EChartsOption {
  return {
    backgroundColor: 'transparent',
    tooltip: {},
    grid: { left: 56, right: 16, top: 8, bottom: 64 },
    xAxis: { type: 'category', data: HOURS },
    yAxis: { type: 'category', data: DAYS.map((day) => say(day)), inverse: true },
    visualMap: {
      min: 0,
      max: Math.max(...cells.map(({ orders }) => orders), 1),
      orient: 'horizontal',
      left: 'center',
      bottom: 0,
      inRange: { color: ['#e7f2ef', '#7fbcac', '#0b7a5b', '#063d2e'] },
    },
    series: [
      {
        type: 'heatmap',
        name: say(['订单', 'Orders']),
        data: cells.map(({ weekday, hour, orders }) => [hour, weekday - 1, orders]),
      },
    ],
  }
}
