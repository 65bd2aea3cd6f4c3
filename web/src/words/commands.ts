import { frameText } from './frames'
import { matched, type Pattern } from './patterns'
import { refusal } from './refusals'
import { locale } from './words'

/** Why a command came to nothing; beside these there are the words of devices. */
const TROUBLES: readonly Pattern[] = [
  [/^no answer after (\d+) attempts$/, (attempts) => `下发 ${attempts} 次没有应答`],
  [/^connection lost under every attempt$/, () => '每次下发时连接都中断'],
  [/^this connection does not carry the device$/, () => '设备不在该连接上'],
  [/^stopped before it was sent$/, () => '下发之前已停止'],
  [/^reason not documented$/, () => '原因未说明'],
  [/^device refused$/, () => '设备拒绝'],
  [/^device refused chunk (\d+)$/, (chunk) => `设备拒绝第 ${chunk} 个分包`],
  [/^device refused parameter (\w+)$/, (parameter) => `设备拒绝参数 ${parameter}`],
  [/^device refused piece (\d+) too often$/, (piece) => `设备多次拒绝第 ${piece} 个分包`],
  [
    /^device refused piece (\d+): (.+)$/,
    (piece, why) => `设备拒绝第 ${piece} 个分包：${said(why)}`,
  ],
  [/^device refused the firmware: (.+)$/, (why) => `设备拒绝该固件：${said(why)}`],
  [/^device refused the upgrade: (.+)$/, (why) => `设备拒绝升级：${said(why)}`],
  [/^device refused (0x\w+): (.+)$/, (cmd, why) => `设备拒绝 ${cmd}：${said(why)}`],
  [/^device answered (0x\w+)$/, (code) => `设备应答 ${code}`],
  [/^device answered in an unknown form$/, () => '设备应答的格式未知'],
  [/^the device answered in an unexpected form$/, () => '设备应答的格式不符'],
  [/^device asked for too many repeats$/, () => '设备要求重发的次数过多'],
  [/^device wants a check packet: .+$/, () => '设备要求校验包：固件须有版本，设备须有类型'],
  [/^no answer to (?:chunk|piece) (\d+)$/, (piece) => `第 ${piece} 个分包没有应答`],
  [/^piece (\d+) was not taken$/, (piece) => `第 ${piece} 个分包没有被接收`],
  [/^no answer to command (\d+)$/, (cmd) => `命令 ${cmd} 没有应答`],
  [/^command (\d+) was answered in another form$/, (cmd) => `命令 ${cmd} 的应答格式不符`],
  [/^command (\d+) was answered with (\S+)$/, (cmd, code) => `命令 ${cmd} 的应答为 ${code}`],
  [/^sockets (.+) are waiting$/, (sockets) => `插座 ${sockets} 正在等待`],
  [/^another (?:session|transaction) runs on (?:the port|that gun)$/, () => '该端口有另一笔充电'],
  [/^another charge runs at the gun$/, () => '该枪有另一笔充电'],
  [/^another gun of the parallel charge did not start$/, () => '并充的另一把枪没有启动'],
  [/^a port of this gateway has a session$/, () => '该网关有端口正在充电'],
  [/^a gun of this pile charges$/, () => '该桩有枪正在充电'],
  [/^a socket of this device charges$/, () => '该设备有插座正在充电'],
  [/^a device on the connection of this host charges$/, () => '该主机下有设备正在充电'],
  [/^a settlement of this device is not stored yet$/, () => '该设备有结算尚未保存'],
  [/^a firmware update is under way$/, () => '正在升级固件'],
  [
    /^the firmware(?: of the host, or of what is behind it,)? is being updated$/,
    () => '正在升级固件',
  ],
  [/^the firmware is not in the library any more$/, () => '固件库中已没有该固件'],
  [/^the firmware is of another major version than the device$/, () => '固件与设备的主版本不同'],
  [/^erasing takes more than a minute$/, () => '擦除超过一分钟'],
  [/^the pile refuses to erase$/, () => '桩拒绝擦除'],
  [/^it asked for the first piece again and again$/, () => '设备反复要求第一个分包'],
  [/^repeats did not help$/, () => '重发无效'],
  [/^the image (?:is missing|is not there)$/, () => '固件文件不存在'],
  [/^the image is too big for the pile$/, () => '固件超过桩可接收的大小'],
  [/^the pile refuses the price table$/, () => '桩拒绝该电价表'],
  [/^the pile refuses to report its status$/, () => '桩拒绝上报状态'],
  [/^the pile refuses to stop$/, () => '桩拒绝停止'],
  [/^the pile says that the start failed$/, () => '桩报告启动失败'],
  [/^the pile has not signed in$/, () => '桩尚未签到'],
  [/^the pile has no gun$/, () => '桩没有枪'],
  [/^the gun does not run this charge$/, () => '该枪没有这笔充电'],
  [/^the socket has not said yet which order it runs$/, () => '插座尚未上报所充订单'],
  [/^the socket runs another order$/, () => '插座正在充另一笔订单'],
  [/^socket busy$/, () => '插座占用'],
  [/^there is no such socket$/, () => '没有该插座'],
  [/^no such port$/, () => '没有该端口'],
  [/^no socket has shown itself yet$/, () => '还没有插座上报'],
  [/^whether an earlier start happened is not known yet$/, () => '之前的启动是否成功尚未知晓'],
  [/^too many commands are waiting for this (?:device|gateway|pile)$/, () => '等待下发的指令过多'],
  [/^too many ask this device already$/, () => '对该设备的查询过多'],
  [/^this family has no such command$/, () => '该协议没有此指令'],
  [/^not supported by (?:this device|stand-alone devices)$/, () => '该设备不支持'],
  [
    /^(\w+) is (\S+) after setting it to (\S+)$/,
    (name, now, wanted) => `${name} 设为 ${wanted} 后仍为 ${now}`,
  ],
  [/^(.+) \(code (\d+)\)$/, (why, code) => `${said(why)}（代码 ${code}）`],
]

const said = (trouble: string): string => {
  const known = matched(trouble, TROUBLES)
  if (known !== undefined) return known
  const refused = refusal(trouble)
  return refused === trouble ? frameText(trouble) : refused
}

/** Why a command came to nothing; what nobody has translated stays. */
export const commandTrouble = (trouble: string): string =>
  locale.value === 'zh' ? said(trouble) : trouble
