import { expect, it } from 'vitest'
import { keepFocus } from '@/app/focus'

const soon = () => new Promise((done) => setTimeout(done, 120))

it('gives the focus of what went away to the heading of the part around it, unless somebody moved it', async () => {
  keepFocus()
  document.body.innerHTML =
    '<main><h1>导入</h1><section><h2>怎么改</h2><p><button id="a"></button></p></section><button id="b"></button></main>'
  const at = (id: string) => document.getElementById(id) as HTMLElement
  at('a').focus()
  at('a').remove()
  await soon()
  expect(document.activeElement?.textContent).toBe('怎么改')

  at('b').focus()
  document.querySelector('section')?.remove()
  await soon()
  expect(document.activeElement?.id).toBe('b')

  at('b').remove()
  await soon()
  expect(document.activeElement?.textContent).toBe('导入')
})
