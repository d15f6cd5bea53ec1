/** The check of the student at a first sign-in with an initial password (CS-03). */
import { reactive, ref } from 'vue'
import type { ApiProblem } from '@/api/problem'

export interface StudentAnswer {
  name: string
  sex: string
  guardian_phone: string
}

export const SEXES = [
  { id: 'male', title: '男' },
  { id: 'female', title: '女' },
] as const

/** What to ask, once a sign-in was refused for want of it, and what was answered. */
export function useStudentCheck() {
  const fields = ref<string[]>([])
  const answer = reactive<StudentAnswer>({ name: '', sex: '', guardian_phone: '' })

  /** After a refusal: does it ask for the student? */
  function heard(problem: ApiProblem | null): boolean {
    if (problem?.code !== 'student_check_required') return false
    fields.value = problem.document.fields as string[]
    return true
  }
  /** What is still to be filled in. */
  function missing() {
    if (!fields.value.length) return {}
    return {
      student_name: answer.name.trim() ? undefined : '请填学生姓名',
      student_guardian_phone:
        answer.guardian_phone.trim() || !fields.value.includes('guardian_phone') ? undefined : '请填学校登记的手机号',
      student_sex: answer.sex || !fields.value.includes('sex') ? undefined : '请选学生性别',
    }
  }
  /** For the request; null: nothing was asked. */
  function sent() {
    if (!fields.value.length) return null
    const sex = (answer.sex || null) as 'male' | 'female' | null
    return { name: answer.name.trim(), sex, guardian_phone: answer.guardian_phone.trim() || null }
  }
  return { fields, answer, heard, missing, sent }
}
