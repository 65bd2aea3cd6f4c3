import type { Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { number, text } from '@/parts/form/fields'

export type Made = Answer<'POST /tariffs'>

/** 0.00001 yuan of a yuan. */
const P5 = 100_000

/** Kinds of rates in their order are sharp, peak and flat: one price needs the flat one alone. */
const pricesOf = (elec: unknown, service: unknown) => {
  const flat = {
    elec_p5: Math.round(Number(elec) * P5),
    service_p5: Math.round(Number(service) * P5),
  }
  return {
    day: [{ from: '00:00', to: '24:00', kind: 'flat' }],
    rates: [flat, flat, flat],
  }
}

/** The simplest tariff: the same price all day. Others are written on their own page. */
export const makeTariff: Action = {
  operation: 'POST /tariffs',
  label: ['新建一口价计费模型', 'Make a tariff with one price'],
  initial: () => ({}),
  fields: [
    text('name', { required: true }),
    number('elec', {
      required: true,
      min: 0,
      step: 0.01,
      label: ['电费（元/kWh）', 'Electricity (yuan per kWh)'],
    }),
    number('service', {
      required: true,
      min: 0,
      step: 0.01,
      label: ['服务费（元/kWh）', 'Service (yuan per kWh)'],
    }),
  ],
  body: ({ name, elec, service }) => ({ name, prices: pricesOf(elec, service) }),
  consequence: () => [
    '提交后须由另一位有权限的同事审核，审核前不会用于计费',
    'Somebody else has to approve it; until then nothing is billed by it',
  ],
  done: () => ['已提交，待第二人复核', 'Proposed: a second person has to approve it'],
}
