import { expect, it } from 'vitest'
import { listOf } from './people'

it('a list is read with or without titles, by any separator', () => {
  const people = listOf('\uFEFF手机号,姓名\r\n13800138000，张三\n\n13800138001\t李四')
  expect(people.map(({ line, phone, name }) => [line, phone, name])).toEqual([
    [2, '13800138000', '张三'],
    [4, '13800138001', '李四'],
  ])
})

it('what is wrong is told by line', () => {
  const people = listOf('13800138000,A\n123,B\n13800138000,C')
  expect(people.map(({ flaw }) => flaw?.[1])).toEqual([
    undefined,
    'Not eleven digits',
    'Stands twice',
  ])
})
