// Suites that load this file first start MySQL 8.0.
process.env.AURORA_USERS_MYSQL_LINE = "8.0";
