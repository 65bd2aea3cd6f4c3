import { matched, type Pattern } from './patterns'
import { locale } from './words'

/** Why bytes count as noise. */
const SAID: readonly Pattern[] = [
  [/^unknown protocol$/, () => '未知协议'],
  [/^incomplete first frame$/, () => '首帧不完整'],
  [/^network not allowed$/, () => '来源网段不在设备白名单内'],
  [/^foreign id$/, () => '其他设备的编号'],
  [/^(?:header|no_header|magic|start)$/, () => '帧头不符'],
  [/^tail$/, () => '帧尾不符'],
  [/^(?:length|bad_length)$/, () => '长度不符'],
  [/^(?:short|short_payload)$/, () => '内容过短'],
  [/^(?:checksum|bad_checksum)$/, () => '校验和错误'],
  [/^incomplete$/, () => '不完整'],
  [/^overdue$/, () => '其余字节没有及时到达'],
  [/^direction$/, () => '方向不符'],
  [/^version$/, () => '版本不支持'],
  [/^dialect$/, () => '属于其他协议'],
  [/^encrypted$/, () => '已加密，没有密钥'],
  [/^bad_iccid_length$/, () => 'SIM 卡号长度不符'],
]

/** Why bytes count as noise, in the language that is shown; what nobody has translated stays. */
export const noiseText = (why: string): string =>
  locale.value === 'zh' ? (matched(why, SAID) ?? why) : why
