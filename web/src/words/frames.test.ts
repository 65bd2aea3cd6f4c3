import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { dictionaries, frameText, frameTrouble } from './frames'
import { locale } from './words'

/** Everything that the definitions of frames say; a test of the server's source (`tidy`) keeps it complete. */
const texts = readFileSync('../testdata/words/frames.txt', 'utf8').trimEnd().split('\n')
const entries = Object.values(dictionaries).flatMap((words) => Object.entries(words))

describe('texts of frames', () => {
  beforeEach(() => (locale.value = 'zh'))

  it('have Chinese, all of them', () => {
    const known = new Set(entries.map(([english]) => english))
    expect(texts.filter((text) => !known.has(text))).toEqual([])
  })
  it('are none that the server does not say', () => {
    const said = new Set(texts)
    expect(entries.map(([english]) => english).filter((english) => !said.has(english))).toEqual([])
  })
  it('stand in one dictionary each', () => {
    expect(entries.length).toBe(new Set(entries.map(([english]) => english)).size)
  })

  it.each([
    ['real-time data, pile to platform', '实时监测数据，桩到平台'],
    ['dual socket, printed number 11220795', '双路插座，印刷编号 11220795'],
    ['networked, meter BL0939, short-circuit precheck', '联网，计量芯片 BL0939，短路预检'],
    ['online, charging, temperature abnormal', '在线，充电中，温度异常'],
    ['other of the BMS, BMS abort', 'BMS 其他，BMS 中止'],
    ['other of the BMS, second, BMS abort', 'BMS 其他（二），BMS 中止'],
    ['charger emergency stop (undefined)', '充电机急停（未定义）'],
    ['emergency stop, alarm bit 77', '急停，告警位 77'],
    ['printed as 0033554432', '卡面号码 0033554432'],
    ['normal end (正常结束)', '正常结束'],
    ['THD1729407600006', 'THD1729407600006'],
    ['constructor', 'constructor'],
    ['', ''],
  ])('%s', (said, meant) => expect(frameText(said)).toBe(meant))

  it.each([
    ['frame: checksum is 0x9999, the bytes sum to 0x0397', '校验和为 0x9999，应为 0x0397'],
    ['frame: ends after 20 bytes', '只有 20 字节，不完整'],
    [
      'start confirmation: auth_ok at byte 36 needs 1 bytes, 0 left',
      '启动充电确认：第 36 字节的 auth_ok 需要 1 字节，只剩 0 字节',
    ],
    ['element at byte 12: no complete length', '第 12 字节的元素：长度不完整'],
    ['something new', 'something new'],
  ])('no frame: %s', (said, meant) => expect(frameTrouble(said)).toBe(meant))

  it('stay English for those who read English', () => {
    locale.value = 'en'
    expect(frameText('heartbeat')).toBe('heartbeat')
  })
})
