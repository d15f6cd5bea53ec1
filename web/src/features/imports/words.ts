/** The state of a batch in words and with its icon, and in which states something still happens by itself. */
import type { IconName } from '@/ui/icons'
import type { Batch } from './types'

interface Words {
  word: string
  icon: IconName
  look: 'soft' | 'good' | 'warn' | 'bad'
}

export const isRunning = (state: string) => ['checking', 'rechecking', 'committing'].includes(state)

export function wordsOf(batch: Batch): Words {
  const toCorrect = batch.problem_count + batch.question_count
  switch (batch.state) {
    case 'checking':
      return { word: '正在核对', icon: 'submitted', look: 'soft' }
    case 'rechecking':
      return { word: '正在复核', icon: 'submitted', look: 'soft' }
    case 'committing':
      return { word: '正在导入', icon: 'submitted', look: 'soft' }
    case 'refused':
      return { word: '没有收下', icon: 'voided', look: 'bad' }
    case 'failed':
      return { word: '没有办完', icon: 'warn', look: 'bad' }
    case 'applied':
      return { word: '已导入', icon: 'approved', look: 'good' }
    case 'undone':
      return { word: '已撤销', icon: 'undo', look: 'soft' }
    case 'checked':
      if (batch.may_commit) return { word: '待导入', icon: 'selected', look: 'good' }
      return toCorrect
        ? { word: `${toCorrect} 处要改`, icon: 'warn', look: 'bad' }
        : { word: '没有可导入的内容', icon: 'empty', look: 'soft' }
  }
}
