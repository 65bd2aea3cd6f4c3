import type { Answer } from '@/api/types'
import { curves, type Curve } from '@/parts/chart/series'
import { say, type Words } from '@/words/words'

export type Sample = Answer<'GET /orders/{order_no}/samples'>[number]
type Numbers = { [K in keyof Sample]: NonNullable<Sample[K]> extends number ? K : never }

interface Line {
  field: NonNullable<Numbers[keyof Numbers]>
  words: Words
  unit: string
  /** What a unit of the chart is of the server's. */
  per?: number
}
/** What a curve can show. */
export const LINES: readonly Line[] = [
  { field: 'power', words: ['功率', 'Power'], unit: 'kW', per: 1000 },
  { field: 'soc', words: ['SOC', 'SOC'], unit: '%' },
  { field: 'total_kwh', words: ['电量', 'Energy'], unit: 'kWh' },
  { field: 'voltage', words: ['电压', 'Voltage'], unit: 'V' },
  { field: 'current', words: ['电流', 'Current'], unit: 'A' },
  { field: 'temp', words: ['温度', 'Temperature'], unit: '°C' },
  { field: 'battery_max_temp', words: ['电池最高温', 'Hottest cell'], unit: '°C' },
  { field: 'demand_voltage', words: ['需求电压', 'Asked voltage'], unit: 'V' },
  { field: 'demand_current', words: ['需求电流', 'Asked current'], unit: 'A' },
]

/** Lines of which the samples tell anything. */
export const known = (samples: readonly Sample[]): readonly Line[] =>
  LINES.filter(({ field }) => samples.some((sample) => typeof sample[field] === 'number'))

/** The newer samples behind the older ones, none twice. */
export function joined(older: readonly Sample[], newer: readonly Sample[]): Sample[] {
  const last = older.at(-1)?.at ?? -1
  return [...older, ...newer.filter(({ at }) => at > last)]
}

/** When a charge began and ended, Unix seconds. */
export interface Charged {
  start_time?: number | null
  end_time?: number | null
}
/** Its whole time is drawn, however few values came; a clock that is off widens it. */
function timeOf({ start_time, end_time }: Charged, samples: readonly Sample[]) {
  const [first, last] = [samples[0]?.at, samples.at(-1)?.at]
  const bound = (pick: typeof Math.min, told?: number | null, seen = told ?? 0) =>
    told ? pick(told, seen) * 1000 : undefined
  return { from: bound(Math.min, start_time, first), until: bound(Math.max, end_time, last) }
}

/** The chosen lines; those of one unit share an axis, and there are two axes. */
export function drawn(samples: readonly Sample[], chosen: readonly string[], charged: Charged) {
  const lines = known(samples).filter(({ field }) => chosen.includes(field))
  const units = [...new Set(lines.map(({ unit }) => unit))]
  const told: Curve[] = lines.map(({ field, words, unit, per = 1 }) => ({
    name: `${say(words)} ${unit}`,
    axis: units.indexOf(unit) > 0 ? 1 : 0,
    area: field === 'power',
    points: samples.map((sample) => {
      const value = sample[field]
      return [sample.at * 1000, typeof value === 'number' ? value / per : null] as const
    }),
  }))
  const axes = units.length > 1 ? [units[0] ?? '', units.slice(1).join(' / ')] : units
  return curves(told, axes, timeOf(charged, samples))
}
