import { isSound, understand } from '@/parts/import/understand'
import { expect, test } from 'vitest'
import { vehicleImport, vehicleOf } from './import'

const HEAD = ['车架号', '车牌', '即插即充', '单次限额（元）']
const VIN = 'LSVAU2180E2123456'
const read = (...lines: string[][]) => understand(vehicleImport, [HEAD, ...lines]).rows

test('a vehicle is what its line says', () => {
  const [row] = understand(vehicleImport, [
    ['VIN', 'Plate', 'Plug and charge', 'limit_yuan', 'Company', 'Driver', 'Phone'],
    [VIN, '京A·D12345', 'no', '200.10', '顺风物流', '李四', '13800138001'],
  ]).rows
  expect(row && isSound(row)).toBe(true)
  if (row) row.found.company = 4
  expect(row && vehicleOf(row)).toEqual({
    vin: VIN,
    plate: '京A·D12345',
    plug_and_charge: false,
    limit_fen: 20_010,
    company_id: 4,
    holder: '李四',
    phone: '13800138001',
  })
})

test('headings are understood in both languages', () => {
  expect(understand(vehicleImport, [Object.keys(vehicleImport.columns)]).unknown).toEqual([])
  expect(understand(vehicleImport, [[...HEAD, '公司', '驾驶人', '颜色']]).unknown).toEqual(['颜色'])
})

test('without a word it is left to the server whether a vehicle plugs and charges', () => {
  const [row] = read([VIN, '', '', '1'])
  expect(row && vehicleOf(row).plug_and_charge).toBeUndefined()
})

test('every field says for itself what is wrong', () => {
  const rows = read(['LSV', '京A·1', '也许', '0'], ['', '京AD12345', '是', ''])
  expect(rows.map(({ problems }) => Object.keys(problems))).toEqual([
    ['vin', 'plate', 'plug_and_charge', 'limit_yuan'],
    ['vin', 'limit_yuan'],
  ])
})

test('a vehicle stands in a file once', () => {
  const rows = read([VIN, '', '', '1'], [VIN.toLowerCase(), '', '', '1'])
  expect(rows.map(isSound)).toEqual([true, false])
})
