import { call } from '@/api/call'
import type { Body } from '@/api/types'
import { code, mobile, numberOf, short, stationNumber, whole } from '@/parts/import/checks'
import { day, lastSecondOf } from '@/parts/import/day'
import { defineImport, type Cells, type ImportRow, type Problems } from '@/parts/import/definition'
import { stationByNumber } from '@/parts/import/lookups'
import { vocabulary } from '@/parts/import/vocabulary'
import { oneByOne } from '@/parts/import/write'
import { fenOf, yuan } from '@/parts/import/yuan'
import { chargeLimit, payingMember } from '../import/columns'
import { chipTail, plainNumber } from './number'

type NewCard = Body<'POST /cards'>
type Column =
  | 'card_no'
  | 'physical_no'
  | 'kind'
  | 'limit_yuan'
  | 'daily_limit_yuan'
  | 'daily_times'
  | 'holder'
  | 'phone'
  | 'member_phone'
  | 'station_no'
  | 'valid_until'
  | 'remark'

const KIND = vocabulary(['listed', 'account', 'stored', 'monthly'], {
  登记卡: 'listed',
  白名单卡: 'listed',
  账户卡: 'account',
  储值卡: 'stored',
  月卡: 'monthly',
  包月卡: 'monthly',
  包月: 'monthly',
})
const TIMES_MAX = 1000

/** What most cards are that come in boxes. */
const kindOf = ({ kind = 'stored' }: Cells<Column>) => KIND.meaning(kind)

function checkPayer(cells: Cells<Column>): Problems<Column> {
  const kind = kindOf(cells)
  if (kind === 'account' && !cells.member_phone) {
    return { member_phone: ['账户卡由会员付款：须填', 'an account card needs who pays'] }
  }
  return kind && kind !== 'account' && cells.member_phone
    ? { member_phone: ['只有账户卡由会员付款', 'only of an account card a member pays'] }
    : {}
}

/** What the server is given. */
export function cardOf({ cells, found }: ImportRow<Column>): NewCard {
  return {
    card_no: cells.card_no,
    physical_no: cells.physical_no,
    kind: kindOf(cells),
    limit_fen: fenOf(cells.limit_yuan) ?? 0,
    daily_limit_fen: fenOf(cells.daily_limit_yuan),
    daily_times: numberOf(cells.daily_times),
    holder: cells.holder,
    phone: cells.phone,
    member_id: found.member_phone,
    station_id: found.station_no,
    valid_until: lastSecondOf(cells.valid_until),
    remark: cells.remark,
  }
}

export const cardImport = defineImport<Column>({
  title: ['导入卡片', 'Import cards'],
  hint: [
    '卡号和物理卡号列请设为文本格式，避免长编号和开头的 0 被改写。类型留空为储值卡。已登记的卡不会被覆盖。',
    'Make the columns of numbers text, so that long ones and leading zeros are kept. Without a kind they are stored value cards. Cards that exist are left as they are.',
  ],
  counter: '张',
  file: 'cards',
  operation: 'POST /cards',
  leaf: 'user.card.import',
  key: 'card_no',
  columns: {
    card_no: {
      also: ['卡面号', '卡片编号', 'card number'],
      required: true,
      example: '1000000001',
      check: code(/^[A-Za-z0-9]{1,32}$/, [
        '只能是 1 至 32 位字母、数字',
        'must be 1 to 32 letters and digits',
      ]),
      once: plainNumber,
    },
    physical_no: {
      also: ['芯片号', 'chip'],
      check: code(/^([0-9A-Fa-f]{2}){4,16}$/, [
        '须为 8 至 32 位十六进制数，位数为偶数',
        'must be 8 to 32 hex digits, an even number of them',
      ]),
      once: chipTail,
    },
    kind: { also: ['卡类型'], example: ['储值卡', 'stored'], check: KIND.check },
    limit_yuan: chargeLimit,
    daily_limit_yuan: {
      label: ['每日限额（元）', 'Limit of a day (yuan)'],
      also: ['每日限额', 'daily limit'],
      field: 'daily_limit_fen',
      check: yuan(),
    },
    daily_times: { check: whole(1, TIMES_MAX) },
    holder: { label: ['持卡人', 'Holder'], also: ['姓名', 'name'], check: short },
    phone: { label: ['持卡人手机号', 'Phone'], also: ['手机号', '手机'], check: mobile },
    member_phone: payingMember,
    station_no: {
      also: ['station'],
      field: 'station_id',
      check: stationNumber,
      finds: stationByNumber,
    },
    valid_until: { also: ['有效期'], check: day },
    remark: { check: short },
  },
  check: checkPayer,
  write: oneByOne((row) => call('POST /cards', { body: cardOf(row) })),
})
