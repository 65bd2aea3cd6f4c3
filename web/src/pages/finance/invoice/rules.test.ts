import { expect, it } from 'vitest'
import { flat, itemsOf, nested, type InvoiceRules } from './rules'

const rules: InvoiceRules = {
  layout: {
    layout: 'two',
    elec: { name: '电费', tax_code: '110', rate_bp: 1300 },
    service: { name: '服务费', tax_code: '304', rate_bp: 600 },
  },
  platform: { name: '平台', tax_no: '', address: '', phone: '', bank: '', account: '' },
  drawer: '系统',
  review: 'special',
}

it('rules come back from the form as they went in', () => {
  expect(nested(flat(rules))).toEqual(rules)
})

it('texts that were emptied are sent as empty', () => {
  const typed = flat(rules)
  delete typed['platform/name']
  expect(nested(typed)).toEqual({ ...rules, platform: { ...rules.platform, name: '' } })
})

it('each line of an invoice has fields', () => {
  expect(itemsOf(rules).map(([name]) => name)).toEqual(['elec', 'service'])
})
