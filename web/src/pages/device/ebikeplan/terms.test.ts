import { sentOf } from '@/parts/form/fields'
import { expect, it } from 'vitest'
import { bodyOf, TERMS, USUAL } from './terms'

it('terms of another mode are not sent', () => {
  const sent = sentOf(TERMS, { ...USUAL, mode: 'time', unit_price_fen: 100 })
  expect(sent).toHaveProperty('unit_minutes', 60)
  expect(sent).not.toHaveProperty('service_mode')
  expect(sent).not.toHaveProperty('tier_rule')
})

it('the name and the beginning stand beside the terms', () => {
  expect(bodyOf({ name: 'A', effective_at: 5, mode: 'time', packages: [] })).toEqual({
    name: 'A',
    effective_at: 5,
    plan: { mode: 'time' },
  })
})
