import { mobile } from '@/parts/import/checks'
import type { ImportColumn } from '@/parts/import/definition'
import { memberByPhone } from '@/parts/import/lookups'
import { yuan } from '@/parts/import/yuan'

const LIMIT_MAX_FEN = 100_000_000

/** Most that one charge may cost. */
export const chargeLimit: ImportColumn = {
  label: ['单次限额（元）', 'Limit of a charge (yuan)'],
  also: ['单次限额', 'limit'],
  field: 'limit_fen',
  required: true,
  example: '100.00',
  check: yuan(LIMIT_MAX_FEN),
}

/** The member whose wallet pays. */
export const payingMember: ImportColumn = {
  label: ['会员手机号', 'Phone of the member'],
  also: ['member'],
  field: 'member_id',
  check: mobile,
  finds: memberByPhone,
}
