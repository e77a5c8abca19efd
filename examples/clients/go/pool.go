package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/go-sql-driver/mysql"
)

func openPool(ctx context.Context) (*sql.DB, error) {
	host, address := os.Getenv("DB_HOST"), os.Getenv("DB_HOST")+":"+os.Getenv("DB_PORT")
	pem, err := os.ReadFile(os.Getenv("DB_CA"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("DB_CA has no certificate")
	}
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	login := mysql.NewConfig()
	login.Net, login.Addr = "tcp", address
	login.DBName, login.User = os.Getenv("DB_NAME"), os.Getenv("DB_USER")
	login.TLS = &tls.Config{RootCAs: roots, ServerName: host}
	// Sent within TLS, as login.TLS is set and AllowFallbackToPlaintext is not.
	login.AllowCleartextPasswords = true
	// Called once for each new connection, with a copy of the configuration.
	withToken := mysql.BeforeConnect(func(ctx context.Context, login *mysql.Config) (err error) {
		login.Passwd, err = auth.BuildAuthToken(ctx, address, aws.Region, login.User, aws.Credentials)
		return err
	})
	if err := login.Apply(withToken); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(login)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
