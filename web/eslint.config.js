import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist/**', 'src/api/generated/**'] },
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  ...a11y.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'vue/no-static-inline-styles': 'error',
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/require-default-prop': 'off',
      'vue/no-undef-components': ['error', { ignorePatterns: ['RouterLink', 'RouterView'] }],
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  {
    // The label stands in `Field.vue`, which gives the input its id; the kit's page is checked with axe.
    files: ['src/ui/{Text,Number,Date}Input.vue', 'src/ui/TextArea.vue'],
    rules: { 'vuejs-accessibility/form-control-has-label': 'off' },
  },
  {
    files: ['src/**'],
    rules: {
      // `structuredClone` and `randomUUID` came after Chromium 90; the types of the DOM have them.
      'no-restricted-globals': ['error', 'alert', 'confirm', 'prompt', 'structuredClone'],
      'no-restricted-properties': ['error', { object: 'crypto', property: 'randomUUID' }],
    },
  },
  {
    files: ['scripts/**', '*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
  prettier,
)
