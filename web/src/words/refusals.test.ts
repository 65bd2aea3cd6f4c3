import { Refused } from '@/api/refused'
import { explain } from '@/parts/explain'
import { beforeEach, describe, expect, it } from 'vitest'
import { fieldProblem, refusal } from './refusals'
import { locale } from './words'

const field = (name: string, problem: string, status = 422) =>
  new Refused(status, `${name}: ${problem}`, { field: name, problem })

describe('refusals', () => {
  beforeEach(() => (locale.value = 'zh'))

  it.each([
    ['port is busy', '端口正在使用'],
    ['e-bike plan not found', '电单车套餐不存在'],
    ['device has no port 3', '设备没有 3 号端口'],
    ['member 12: device offline', '会员 12：设备离线'],
    ['something new', 'something new'],
  ])('%s', (said, meant) => expect(refusal(said)).toBe(meant))

  it.each([
    ['must be 1 to 100', '应为 1 至 100'],
    ['must be 0 to 25 seconds', '应为 0 至 25 秒'],
    ['must have 1 to 60 characters', '应有 1 至 60 个字符'],
    ['must be after valid_from', '应晚于有效期起'],
    ['must be shown or hidden', '应为显示中、已隐藏之一'],
    ['is required (1 to 4)', '必填'],
    ['must be 48', '应为 48 个'],
    [
      '`10.1.2.3/8` has bits set beyond its prefix',
      '“10.1.2.3/8”的主机位不为 0，应写网段本身，如 10.0.0.0/8',
    ],
  ])('of a field: %s', (said, meant) => expect(fieldProblem(said)).toBe(meant))

  it('stay English for those who read English', () => {
    locale.value = 'en'
    expect(refusal('port is busy')).toBe('port is busy')
    expect(fieldProblem('must be 48')).toBe('must be 48')
  })

  it('name the field as the form does', () => {
    expect(explain(field('stars', 'must be 1 to 5'))).toBe('星级: 应为 1 至 5')
    expect(explain(field('rates[1].elec_fen', 'is required'))).toBe('费率 2 · 电费: 必填')
  })
  it('do not say the same twice', () => {
    expect(explain(new Refused(500, 'internal error', null, 'req-1'))).toBe(
      '服务器内部错误 (req-1)',
    )
    expect(explain(new Refused(404, 'order not found'))).toBe(
      '不存在，或不属于您的组织: 订单不存在',
    )
  })
})
