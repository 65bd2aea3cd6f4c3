import { locale } from '@/words/words'
import { expect, it } from 'vitest'
import { cutOf, cutText, cutValues, type Cut } from './cut'

const CUTS: Cut[] = [
  { type: 'service_discount_bp', off_bp: 2000 },
  { type: 'first_order', off_bp: 10000 },
  { type: 'fixed_service_p5', price: 30000 },
  { type: 'time_window', off_bp: 5000, windows: [{ from: '22:00', to: '06:00' }] },
]

it.each(CUTS)('a cut comes back from its form as it was: $type', (cut) => {
  expect(cutOf(cutValues(cut))).toEqual(cut)
})

it('says what it takes off', () => {
  locale.value = 'en'
  expect(CUTS.map(cutText)).toEqual([
    'Service discount −20 %',
    'First order −100 %',
    'Fixed service fee 0.3 yuan/kWh',
    'Windows of the day −50 % 22:00–06:00',
  ])
})
