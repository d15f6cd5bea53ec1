export const STEPS = [
  { id: 'template', title: '下载模板' },
  { id: 'upload', title: '上传' },
  { id: 'check', title: '核对' },
  { id: 'import', title: '导入' },
]
