import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

/** Nest's own input decorators would let requests past the checks of src/http. */
const UNCHECKED_INPUT = {
  name: '@nestjs/common',
  importNames: ['Body', 'Query', 'Param', 'Headers'],
  message: 'Take input through @Input(), @Filter() and @Id() of src/http: they check it.',
};

export default defineConfig(
  globalIgnores(['dist/', '.local/', 'coverage/', 'node_modules/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Nest is made of classes that only carry decorators.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Nest types its options as classes and takes plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', 250],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 40, skipComments: true }],
      'no-restricted-imports': ['error', { paths: [UNCHECKED_INPUT] }],
    },
  },
  { files: ['src/http/input.pipe.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: { console: 'readonly', module: 'writable', process: 'readonly', URL: 'readonly' } },
  },
  {
    // These run in the browser.
    files: ['src/docs/browser/**'],
    languageOptions: {
      globals: { document: 'readonly', fetch: 'readonly', localStorage: 'readonly', window: 'readonly' },
    },
  },
);
