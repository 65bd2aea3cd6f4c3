import type { EChartsOption } from 'echarts'

/** A curve over time: pairs of Unix milliseconds and value; null breaks the line. */
export interface Curve {
  name: string
  points: (readonly [at: number, value: number | null])[]
  /** 1: the axis on the right. */
  axis?: 0 | 1
  area?: boolean
  steps?: boolean
}

/** So few points are seen one by one. */
const FEW = 31
/** Parts of a whole, unless some are more than that. */
const WHOLE = { min: 0, max: ({ max }: { max: number }) => Math.max(100, Math.ceil(max)) }

/** Lines over a common time, from the first point to the last unless a longer time is given. */
export function curves(
  lines: readonly Curve[],
  units: readonly string[] = [''],
  { from, until }: { from?: number; until?: number } = {},
): EChartsOption {
  return {
    backgroundColor: 'transparent',
    animation: false,
    tooltip: { trigger: 'axis' },
    legend: { top: 0 },
    grid: { left: 56, right: units.length > 1 ? 56 : 16, top: 36, bottom: 28 },
    xAxis: { type: 'time', min: from, max: until },
    yAxis: units.map((name, at) => ({
      type: 'value' as const,
      name,
      ...(name === '%' ? WHOLE : { scale: true }),
      splitLine: { show: at === 0 },
    })),
    series: lines.map(({ name, points, axis, area, steps }) => ({
      type: 'line',
      name,
      data: points.map((point) => [...point]),
      yAxisIndex: axis ?? 0,
      showSymbol: points.filter(([, value]) => value !== null).length <= FEW,
      connectNulls: false,
      ...(area && { areaStyle: { opacity: 0.15 } }),
      ...(steps && { step: 'end' }),
    })),
  }
}

/** Bars over named steps, stacked if asked for. */
export function bars(
  steps: readonly string[],
  series: readonly { name: string; values: readonly (number | null)[] }[],
  { stacked = false, lying = false, unit = '' } = {},
): EChartsOption {
  const steady = { type: 'category' as const, data: [...steps] }
  const scale = { type: 'value' as const, name: unit }
  return {
    backgroundColor: 'transparent',
    tooltip: { trigger: 'axis' },
    legend: { top: 0 },
    grid: { left: lying ? 120 : 56, right: 16, top: 36, bottom: 28 },
    xAxis: lying ? scale : steady,
    yAxis: lying ? { ...steady, inverse: true } : scale,
    series: series.map(({ name, values }) => ({
      type: 'bar',
      name,
      data: [...values],
      ...(stacked && { stack: 'all' }),
    })),
  }
}

/** Parts of a whole. */
export function pie(parts: readonly { name: string; value: number }[]): EChartsOption {
  return {
    backgroundColor: 'transparent',
    tooltip: { trigger: 'item' },
    legend: { bottom: 0 },
    series: [{ type: 'pie', radius: ['45%', '70%'], data: [...parts], label: { show: false } }],
  }
}
