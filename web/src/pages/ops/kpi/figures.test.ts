import { expect, it } from 'vitest'
import { inUnit, isLessBetter, ofBusiness, plainTitle, wanted } from './figures'

const share = { unit: 'share' }

it('figures stand in their units', () => {
  expect(inUnit('share', 0.991919)).toBe('99.19 %')
  expect(inUnit('milliseconds', 4.714286)).toBe('4.7 ms')
  expect(inUnit('share', null)).toBe('–')
  expect(ofBusiness('energy_e4', 889_371)).toBe('88.9371 kWh')
  expect(ofBusiness('fen_per_kwh', 162.148)).toBe('¥1.62')
  expect(plainTitle('充电量（0.0001 kWh）')).toBe('充电量')
})

it('whether less is better is told by the bounds', () => {
  expect(isLessBetter({ ...share, kpi: 'stuck_rate', target: 0, critical: 0.02 })).toBe(true)
  expect(isLessBetter({ ...share, kpi: 'charge_success_rate', target: 0.99, critical: 0.98 })).toBe(
    false,
  )
  expect(isLessBetter({ ...share, kpi: 'heartbeat_loss_rate', target: 0.01, warning: 0.01 })).toBe(
    true,
  )
})

it('what is wanted is a bound or a band', () => {
  expect(wanted({ ...share, kpi: 'end_report_rate', target: 0.98, warning: 0.98 })).toBe('≥ 98 %')
  const band = { unit: 'minutes', kpi: 'avg_charge_minutes', target: 30, warning: 240 }
  expect(wanted(band)).toMatch(/^30 – 240/)
})
