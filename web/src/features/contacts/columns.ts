/** The columns of the form, for one line of a school's sheet. */
import type { components } from '@/api/generated/identity'
import type { Column } from '@/ui/table'

export type ContactLine = components['schemas']['ContactView']

export const COLUMNS: Column<ContactLine>[] = [
  { id: 'line_title', title: '类别', head: true },
  { id: 'name', title: '姓名', value: ({ name }) => name || '还没有填写' },
  { id: 'post', title: '职务' },
  { id: 'phone', title: '手机' },
  { id: 'qq', title: 'QQ号码' },
  { id: 'note', title: '备注' },
  { id: 'main', title: '主要联系人', value: ({ main }) => (main ? '√' : '') },
]
