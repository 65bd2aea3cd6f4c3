import type { EChartsOption } from 'echarts'

/** Colours that are told apart on dark, also by who does not see red and green alike. */
export const COLOURS = {
  idle: '#2fc98e',
  charging: '#3fa9ff',
  plugged: '#8f86ff',
  reserved: '#27d3d3',
  fault: '#ff5a6a',
  offline: '#66758c',
  disabled: '#a0744a',
  unknown: '#44516a',
  amber: '#ffb547',
  soft: '#9fb2cc',
  edge: '#1d3350',
} as const

export interface Line {
  name: string
  values: readonly (number | null)[]
  colour: string
  area?: boolean
  dashed?: boolean
}

const text = (u: number) => ({ color: COLOURS.soft, fontSize: 13 * u })

function frame(u: number, steps: readonly string[], scale: string, axis = false): EChartsOption {
  return {
    backgroundColor: 'transparent',
    animation: false,
    textStyle: { fontSize: 13 * u },
    tooltip: { trigger: 'axis', textStyle: { fontSize: 13 * u }, confine: true },
    legend: {
      top: 0,
      right: 0,
      itemWidth: 12 * u,
      itemHeight: 8 * u,
      itemGap: 10 * u,
      textStyle: text(u),
    },
    grid: { left: 50 * u, right: 12 * u, top: 30 * u, bottom: 24 * u },
    xAxis: {
      type: 'category',
      data: [...steps],
      boundaryGap: axis,
      axisLabel: { ...text(u), hideOverlap: true },
      axisLine: { lineStyle: { color: COLOURS.edge } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      name: scale,
      nameTextStyle: { ...text(u), align: 'right' },
      nameGap: 8 * u,
      splitNumber: 3,
      axisLabel: text(u),
      splitLine: { lineStyle: { color: COLOURS.edge } },
    },
  }
}

/** Lines over common steps. */
export function drawnLines(
  u: number,
  steps: readonly string[],
  scale: string,
  lines: readonly Line[],
  stacked = false,
): EChartsOption {
  return {
    ...frame(u, steps, scale),
    series: lines.map(({ name, values, colour, area, dashed }) => ({
      type: 'line',
      name,
      data: [...values],
      showSymbol: false,
      connectNulls: false,
      color: colour,
      lineStyle: { width: 2 * u, ...(dashed && { type: 'dashed' as const }) },
      ...(stacked && { stack: 'all' }),
      ...((area || stacked) && { areaStyle: { opacity: stacked ? 0.35 : 0.15 } }),
    })),
  }
}

/** Bars over common steps, one upon the other. */
export function drawnBars(
  u: number,
  steps: readonly string[],
  scale: string,
  bars: readonly Line[],
): EChartsOption {
  return {
    ...frame(u, steps, scale, true),
    ...(bars.length < 2 && { legend: { show: false } }),
    series: bars.map(({ name, values, colour }) => ({
      type: 'bar',
      name,
      data: [...values],
      stack: 'all',
      color: colour,
      barMaxWidth: 18 * u,
    })),
  }
}

/** Parts of a whole around what they come to. */
export function drawnRing(
  u: number,
  parts: readonly { name: string; value: number; colour: string }[],
  middle: string,
): EChartsOption {
  return {
    backgroundColor: 'transparent',
    animation: false,
    tooltip: { trigger: 'item', textStyle: { fontSize: 13 * u }, confine: true },
    title: {
      text: middle,
      left: '23.5%',
      top: '50%',
      textAlign: 'center',
      textVerticalAlign: 'middle',
      textStyle: { color: '#fff', fontSize: 15 * u },
    },
    series: {
      type: 'pie',
      center: ['24%', '50%'],
      radius: ['46%', '64%'],
      label: { show: false },
      data: parts.map(({ name, value, colour }) => ({ name, value, itemStyle: { color: colour } })),
    },
  }
}
