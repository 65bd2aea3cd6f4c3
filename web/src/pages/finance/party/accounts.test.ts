import { expect, it } from 'vitest'
import { accountName } from './accounts'
import { locale } from '@/words/words'

it('accounts have names', () => {
  locale.value = 'zh'
  expect(accountName('member:2:cash')).toBe('会员 2 · 本金')
  expect(accountName('receivable:member:7')).toBe('应收 会员 7')
  expect(accountName('income:commission_elec')).toBe('平台收入 · 电费分成')
  expect(accountName('clearing:order')).toBe('待分账')
  expect(accountName('prepay:order:APP1')).toBe('订单预付 APP1')
  expect(accountName('something:else')).toBe('something:else')
})
