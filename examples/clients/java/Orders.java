import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.rds.RdsUtilities;

final class Orders {
  private static final String HOST = System.getenv("DB_HOST");
  private static final int PORT = Integer.parseInt(System.getenv().getOrDefault("DB_PORT", "3306"));
  private static final String USER = System.getenv("DB_USER");
  private static final RdsUtilities RDS =
      RdsUtilities.builder()
          .credentialsProvider(DefaultCredentialsProvider.builder().build())
          .region(new DefaultAwsRegionProviderChain().getRegion())
          .build();

  static HikariDataSource pool() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl("jdbc:mysql://" + HOST + ":" + PORT + "/" + System.getenv("DB_NAME"));
    config.addDataSourceProperty("sslMode", "VERIFY_IDENTITY");
    config.addDataSourceProperty("trustCertificateKeyStoreUrl", trustStore().toUri().toString());
    config.addDataSourceProperty("trustCertificateKeyStoreType", "PKCS12");
    config.addDataSourceProperty("trustCertificateKeyStorePassword", "changeit");
    // By default, Connector/J also trusts the authorities of the Java installation.
    config.addDataSourceProperty("fallbackToSystemTrustStore", "false");
    // Sends no password in another way. Connector/J sends this one within TLS only.
    config.addDataSourceProperty("defaultAuthenticationPlugin", "mysql_clear_password");
    // Connections are opened when they are needed, and each asks for a token of its own.
    config.setMinimumIdle(0);
    config.setCredentialsProvider(() -> Credentials.of(USER, token()));
    return new HikariDataSource(config);
  }

  private static String token() {
    return RDS.generateAuthenticationToken(to -> to.hostname(HOST).port(PORT).username(USER));
  }

  /** Java reads no list of certificates as PEM: they go into a file of its own kind. It holds no secret. */
  private static Path trustStore() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream pem = Files.newInputStream(Path.of(System.getenv("DB_CA")))) {
      int number = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem))
        store.setCertificateEntry("rds-" + number++, one);
    }
    Path file = Files.createTempFile("rds-", ".p12");
    file.toFile().deleteOnExit();
    try (var out = Files.newOutputStream(file)) {
      store.store(out, "changeit".toCharArray());
    }
    return file;
  }
}
