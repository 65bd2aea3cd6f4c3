import { matched, type Pattern } from '../patterns'

/** Why bytes are no frame. */
const TROUBLES: readonly Pattern[] = [
  [/^does not begin with (.+)$/, (start) => `不以 ${start} 开头`],
  [/^does not end with (.+)$/, (end) => `不以 ${end} 结尾`],
  [
    /^length field says (\d+), (\d+) bytes are there$/,
    (stated, had) => `长度字段为 ${stated}，实有 ${had} 字节`,
  ],
  [
    /^length field says (\d+), (\d+) bytes follow it$/,
    (stated, had) => `长度字段为 ${stated}，其后有 ${had} 字节`,
  ],
  [
    /^length field says (\d+), (\d+) bytes stand between it and the checksum$/,
    (stated, had) => `长度字段为 ${stated}，到校验和之间有 ${had} 字节`,
  ],
  [/^ends after (\d+) bytes$/, (had) => `只有 ${had} 字节，不完整`],
  [
    /^checksum is (\w+), (?:the bytes|command and body) sum to (\w+)$/,
    (found, computed) => `校验和为 ${found}，应为 ${computed}`,
  ],
  [
    /^checksum bytes are (\[.+\]), computed (\w+)$/,
    (found, computed) => `校验字节为 ${found}，应为 ${computed}`,
  ],
  [/^direction byte (\w+) contradicts the magic$/, (flag) => `方向字节 ${flag} 与包头不符`],
  [/^encryption flag is (\w+)$/, (flag) => `加密标志为 ${flag}`],
  [/^framing of V2\.x, which is not spoken$/, () => 'V2.x 的组帧方式，不支持'],
  [/^the rest did not come in time$/, () => '其余字节没有及时到达'],
  [/^encrypted frame, no key$/, () => '报文已加密，没有密钥'],
  [/^the body is encrypted \(version (\w+)\)$/, (version) => `消息体已加密（版本 ${version}）`],
  [/^version (\w+) is another protocol's$/, (version) => `版本 ${version} 属于其他协议`],
  [
    /^body of command (\d+) has (\d+) bytes, its shortest form (\d+)$/,
    (cmd, had, needed) => `命令 ${cmd} 的消息体有 ${had} 字节，至少应有 ${needed} 字节`,
  ],
  [
    /^a SIM number has 20 characters, this has (\d+)$/,
    (had) => `SIM 卡号应为 20 个字符，现为 ${had} 个`,
  ],
  [/^the list ends (\d+) bytes before its frame$/, (left) => `列表之后还有 ${left} 字节`],
  [/^frames of type (\w+) go the other way$/, (type) => `${type} 类型的报文方向相反`],
  [
    /^a container begins with the elements 01 command, 02 sequence, 03 sender$/,
    () => '数据包须以元素 01 命令、02 流水号、03 发送方开头',
  ],
  [/^no complete length$/, () => '长度不完整'],
  [/^key longer than its element$/, () => '键比元素长'],
  [/^lists nest deeper than (\d+)$/, (limit) => `列表嵌套超过 ${limit} 层`],
  [/^needs (\d+) bytes, (\d+) left$/, (needed, had) => `需要 ${needed} 字节，只剩 ${had} 字节`],
  [/^counts (\d+), the limit is (\d+)$/, (had, limit) => `计数为 ${had}，上限为 ${limit}`],
  [/^no frame$/, () => '不是报文'],
  [/^this program knows no protocol$/, () => '本程序没有任何协议'],
]

const AT_ELEMENT = /^element at byte (\d+): (.+)$/
const AT_FIELD = /^(.+): (\S+) at byte (\d+) (.+)$/

/** Why bytes are no frame; `title` says what a message is called. */
export function troubleOf(text: string, title: (text: string) => string): string | undefined {
  const why = text.replace(/^frame: /, '')
  const problem = (english: string) => matched(english, TROUBLES) ?? english
  const element = AT_ELEMENT.exec(why)
  if (element) return `第 ${element[1]} 字节的元素：${problem(element[2] ?? '')}`
  const field = AT_FIELD.exec(why)
  if (field) {
    const [, message = '', name, byte, what = ''] = field
    return `${title(message)}：第 ${byte} 字节的 ${name} ${problem(what)}`
  }
  return matched(why, TROUBLES)
}
