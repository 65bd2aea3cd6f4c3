import { isSound, understand } from '@/parts/import/understand'
import { expect, test } from 'vitest'
import { cardImport, cardOf } from './import'

const HEAD = ['卡号', '物理卡号', '类型', '单次限额（元）', '会员手机号', '有效期至']
const read = (...lines: string[][]) => understand(cardImport, [HEAD, ...lines]).rows
const problemsOf = (...line: string[]) => Object.keys(read(line)[0]?.problems ?? {})

test('a card is what its line says, to the fen and the last second', () => {
  const [row] = understand(cardImport, [
    [
      ...['Card *', 'Chip number', 'Kind', 'Limit of a charge (yuan) *', 'Limit of a day (yuan)'],
      ...['Charges a day', 'Holder', 'Phone', 'Station number', 'Valid until', 'Remark'],
    ],
    [
      ...['0000100001', '00000000d14b0a54', '月卡', '12.34', '4.35'],
      ...['3', '张三', '13800138000', 'CD001', '2027-12-31', '前台'],
    ],
  ]).rows
  expect(row && isSound(row)).toBe(true)
  if (row) row.found.station_no = 7
  expect(row && cardOf(row)).toEqual({
    card_no: '0000100001',
    physical_no: '00000000d14b0a54',
    kind: 'monthly',
    limit_fen: 1234,
    daily_limit_fen: 435,
    daily_times: 3,
    holder: '张三',
    phone: '13800138000',
    station_id: 7,
    valid_until: Date.parse('2027-12-31T23:59:59+08:00') / 1000,
    remark: '前台',
  })
})

test('headings are understood in both languages', () => {
  const names = Object.keys(cardImport.columns)
  expect(understand(cardImport, [names]).unknown).toEqual([])
  expect(understand(cardImport, [[...HEAD, '单次限额(元)', '手机号', '颜色']]).unknown).toEqual([
    '颜色',
  ])
})

test('an amount in fen is not taken for one in yuan', () => {
  expect(understand(cardImport, [['limit_fen', 'daily_limit_fen']]).unknown).toHaveLength(2)
})

test.each([
  ['', 'stored'],
  ['登记卡', 'listed'],
  ['储值卡', 'stored'],
  ['月卡', 'monthly'],
  ['Monthly', 'monthly'],
])('the kind "%s" is %s', (said, kind) => {
  const [row] = read(['1', '', said, '1'])
  expect(row && isSound(row)).toBe(true)
  expect(row && cardOf(row).kind).toBe(kind)
})

test('every field says for itself what is wrong', () => {
  expect(problemsOf('', '', '', '')).toEqual(['card_no', 'limit_yuan'])
  expect(problemsOf('12-3', '123456789', '金卡', '1.234', '', '2027-02-30')).toEqual([
    'card_no',
    'physical_no',
    'kind',
    'limit_yuan',
    'valid_until',
  ])
  expect(read(['1.23E+15', '', '', '1'])[0]?.problems.card_no?.[1]).toMatch(/power of ten/)
})

test('nothing is refused that the server takes', () => {
  expect(problemsOf('1E10', 'ABCDEF01', 'LISTED', '0.01')).toEqual([])
  expect(problemsOf('Z'.repeat(32), 'F'.repeat(32), '', '1000000')).toEqual([])
})

test('account cards name the member who pays, others none', () => {
  expect(problemsOf('1', '', '账户卡', '1')).toEqual(['member_phone'])
  expect(problemsOf('1', '', '储值卡', '1', '13800138000')).toEqual(['member_phone'])
  const [row] = read(['1', '', '账户卡', '1', '13800138000'])
  expect(row && isSound(row)).toBe(true)
  if (row) row.found.member_phone = 12
  expect(row && cardOf(row)).toMatchObject({ kind: 'account', member_id: 12 })
})

test('a card stands in a file once, with or without its leading zeros; so does a chip', () => {
  const rows = read(
    ['00a1', 'D14B0A54', '', '1'],
    ['A1', '', '', '1'],
    ['B2', '00000000d14b0a54', '', '1'],
    ['C3', '00000000', '', '1'],
    ['D4', '00000000', '', '1'],
  )
  expect(rows.map(({ problems }) => Object.keys(problems))).toEqual([
    [],
    ['card_no'],
    ['physical_no'],
    [],
    [],
  ])
  expect(rows[1]?.problems.card_no?.[1]).toMatch(/line 2/)
})
