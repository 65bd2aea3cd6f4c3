import { duration, kwh, money, ms, number, percent } from '@/parts/value/format'
import { NOTHING } from '@/parts/value/shown'
import { say } from '@/words/words'

/** A key figure in its unit: `99.2 %`, `68 min`, `4.7 ms`. */
export function inUnit(unit: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  if (unit === 'share') return percent(value)
  if (unit === 'minutes') return `${number(Math.round(value * 10) / 10)} ${say(['分钟', 'min'])}`
  return ms(value)
}

/** What is added up is told by the end of the figure's name. */
export function ofBusiness(figure: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  if (figure.endsWith('_e4')) return kwh(value / 10_000)
  if (figure.endsWith('_fen') || figure === 'fen_per_kwh') return money(value)
  if (figure.endsWith('_seconds')) return duration(value)
  return number(Math.round(value * 100) / 100)
}

/** Units stand behind the values already. */
export const plainTitle = (title: string): string => title.replace(/\s*[（(][^）)]*[）)]$/, '')

export interface Bounds {
  target?: number | null
  warning?: number | null
  critical?: number | null
  unit: string
  kpi: string
}

/** What is wanted: `≥ 98 %`, `≤ 1 %`, `30 – 240 min`. */
export function wanted({ kpi, target, warning, critical, unit }: Bounds): string {
  if (target === null || target === undefined) return NOTHING
  if (warning !== null && warning !== undefined && kpi === 'avg_charge_minutes') {
    return `${number(target)} – ${inUnit(unit, warning)}`
  }
  return `${isLessBetter({ kpi, target, warning, critical, unit }) ? '≤' : '≥'} ${inUnit(unit, target)}`
}

/** Whether a figure should be small: told by its bounds, and by what it is where those are alike. */
export function isLessBetter({ kpi, target, warning, critical, unit }: Bounds): boolean {
  const worst = critical ?? warning
  if (typeof target === 'number' && typeof worst === 'number' && worst !== target) {
    return worst > target
  }
  return unit !== 'share' || /(missing|error|loss|stuck|complaint)_/.test(`${kpi}_`)
}
