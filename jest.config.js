/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__test__'],
  testMatch: ['**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-ts.cjs' },
  collectCoverageFrom: ['index.ts', 'lib/**/*.ts'],
  coverageProvider: 'v8',
  modulePathIgnorePatterns: ['<rootDir>/npm/', '<rootDir>/target/', '<rootDir>/.cache/'],
}
