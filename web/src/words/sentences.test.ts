import { beforeEach, describe, expect, it } from 'vitest'
import { checkReason } from './certifications'
import { commandTrouble } from './commands'
import { findingText } from './findings'
import { noiseText } from './noise'
import { reasonText } from './reasons'
import { locale } from './words'

describe('sentences of the server', () => {
  beforeEach(() => (locale.value = 'zh'))

  it.each([
    ['98.50 % of 1200, must exceed 99.00 %', '1200 次中 98.50 %，须高于 99.00 %'],
    ['not obeyed: start, query', '没有执行：启动、查询'],
    ['no charge could be started: device offline', '无法启动充电：设备离线'],
    ['no bill: completed (device_fault)', '没有账单：已完成（设备故障）'],
    ['THD1729407600001: the port is not idle afterwards', 'THD1729407600001：结束后端口不空闲'],
    [
      'THD1729407600001: it ended after 61 s: completed (user_stop)',
      'THD1729407600001：61 秒后结束：已完成（用户停止）',
    ],
    ['3 interruptions', '中断 3 次'],
    ['longer than a day', '时长超过一天'],
    ['something new', 'something new'],
  ])('of a check: %s', (said, meant) => expect(checkReason(said)).toBe(meant))

  it.each([
    ['no answer after 3 attempts', '下发 3 次没有应答'],
    ['gun already charging (code 2)', '枪正在充电（代码 2）'],
    ['device refused piece 4: packet error', '设备拒绝第 4 个分包：数据包错误'],
    ['device offline', '设备离线'],
    ['something new', 'something new'],
  ])('of a command: %s', (said, meant) => expect(commandTrouble(said)).toBe(meant))

  it.each([
    ['Order THD1 status=charging but port status=idle', '订单 THD1 为充电中，而端口为空闲'],
    ['port asked', '查询端口'],
    ['something new', 'something new'],
  ])('of an inspection: %s', (said, meant) => expect(findingText(said)).toBe(meant))

  it('of an order stand with commas between', () => {
    expect(reasonText('its clock is off, more energy than its power allows')).toBe(
      '设备时钟不准，电量超过功率所能',
    )
    expect(reasonText('by hand, as told')).toBe('by hand, as told')
  })
  it('of noise', () => expect(noiseText('bad_checksum')).toBe('校验和错误'))

  it('stay English for those who read English', () => {
    locale.value = 'en'
    const all = [checkReason, commandTrouble, findingText, noiseText, reasonText]
    expect(all.map((said) => said('port asked'))).toEqual(all.map(() => 'port asked'))
  })
})
