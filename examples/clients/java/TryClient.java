import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;

/** Two connections of the pool: the second one after a line on standard input, while the first one is held. */
final class TryClient {
  private static final String WHO =
      "SELECT CURRENT_USER(), VARIABLE_VALUE FROM performance_schema.session_status "
          + "WHERE VARIABLE_NAME = 'Ssl_cipher'";

  public static void main(String[] args) {
    try (HikariDataSource pool = Orders.pool();
        Connection first = open(pool)) {
      System.in.read();
      open(pool).close();
    } catch (Exception error) {
      System.out.print("refused:");
      for (Throwable one = error; one != null; one = one.getCause()) System.out.print(" " + one);
      System.out.println();
      System.exit(1);
    }
  }

  private static Connection open(HikariDataSource pool) throws Exception {
    Connection connection = pool.getConnection();
    try (ResultSet row = connection.createStatement().executeQuery(WHO)) {
      row.next();
      System.out.println("session of " + row.getString(1) + " by " + row.getString(2));
    }
    return connection;
  }
}
