import { percent } from '@/parts/value/format'

/** How places did, whatever they are. */
interface Did {
  utilisation?: number | null
  idle_ratio?: number | null
  turns_per_port_day?: number | null
  kwh_per_kw_day?: number | null
  energy_utilisation?: number | null
  faults_per_port_day?: number | null
  mttr_minutes?: number | null
  online_rate?: number | null
  port_days?: number | null
}

const told = (show: (value: number) => string) => (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : show(value)
const share = told(percent)
const fixed = (digits: number) => told((value) => value.toFixed(digits))

export const didColumns = [
  'orders' as const,
  'kwh' as const,
  'revenue_fen' as const,
  { field: 'utilisation' as const, text: (row: Did) => share(row.utilisation) },
  { field: 'idle_ratio' as const, text: (row: Did) => share(row.idle_ratio) },
  { field: 'turns_per_port_day' as const, text: (row: Did) => fixed(2)(row.turns_per_port_day) },
  { field: 'kwh_per_kw_day' as const, text: (row: Did) => fixed(2)(row.kwh_per_kw_day) },
  { field: 'energy_utilisation' as const, text: (row: Did) => share(row.energy_utilisation) },
  'alarms' as const,
  { field: 'faults_per_port_day' as const, text: (row: Did) => fixed(3)(row.faults_per_port_day) },
  { field: 'mttr_minutes' as const, text: (row: Did) => fixed(0)(row.mttr_minutes) },
  { field: 'online_rate' as const, text: (row: Did) => share(row.online_rate) },
  { field: 'port_days' as const, text: (row: Did) => fixed(1)(row.port_days) },
]
