import type { Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { long, text } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'
import { valueLabel } from '@/words/labels'

export type Text = Answer<'GET /sms-templates'>[number]

const name = ({ code }: Text) => valueLabel('code', code)
const turned = (enabled: boolean): Partial<Action<Text>> => ({
  operation: 'PUT /sms-templates/{code}',
  body: (_, { text: words, provider_code }) => ({ text: words, provider_code, enabled }),
})

export const actions: readonly Action<Text>[] = [
  {
    operation: 'PUT /sms-templates/{code}',
    label: ['编辑', 'Edit'],
    fields: ({ variables }) => [
      long('text', {
        required: true,
        hint: [
          `可用变量：${variables.map((each) => `\${${each}}`).join('、') || '无'}；70 字以内算一条`,
          `Variables: ${variables.map((each) => `\${${each}}`).join(', ') || 'none'}; up to 70 characters are one message`,
        ],
      }),
      text('provider_code', {
        hint: ['留空则用配置文件里的', 'None: the one that is configured'],
      }),
    ],
    body: (values, { enabled }) => ({ ...values, enabled }),
  },
  {
    operation: 'POST /sms-templates/{code}/test',
    label: ['测试发送', 'Send a test'],
    fields: [text('phone', { required: true })],
    body: ({ phone }) => ({ phone }),
    consequence: () => [
      '会真的发出一条短信，变量以 0 代替',
      'A message is really sent, its variables filled with zeros',
    ],
    done: (answer) => {
      const { logged } = answer as { logged: boolean }
      return logged
        ? [
            '未配置服务商，内容已写入服务器日志',
            'There is no provider: it stands in the server’s log',
          ]
        : ['已发送', 'Sent']
    },
  },
  {
    ...turned(false),
    operation: 'PUT /sms-templates/{code}',
    label: ['停用', 'Turn off'],
    when: ({ enabled }) => enabled,
    danger: true,
    consequence: (each) => [
      `“${name(each)}”短信不再发送`,
      `The message “${name(each)}” is sent no more`,
    ],
  },
  {
    ...turned(true),
    operation: 'PUT /sms-templates/{code}',
    label: ['启用', 'Turn on'],
    when: ({ enabled }) => !enabled,
  },
]

export const log = defineList({
  page: 'system.sms',
  list: '/sms-log',
  key: 'id',
  columns: [
    'at',
    'phone',
    { field: 'template', text: ({ template }) => valueLabel('code', template), width: 180 },
    'result',
    { field: 'detail', width: 260 },
    'sent_by',
  ],
  mark: ({ result }) => (result === 'failed' ? 'danger' : undefined),
  empty: ['还没有发过短信', 'No message has been sent yet'],
})
